import { createDecoder, isEventStream, isJson, type StreamDecoder } from '../adapters/framing.ts';
import type { Dialect, ParsedCompletion, ResponseContext, StreamParser } from '../domain/dialect.ts';
import { assembleCompletion } from './assemble-completion.ts';
import { remainingChunks } from './response-relay.ts';

/** Reads a whole answer. A host that streams although nobody asked for it has answered all the same, and has to be paid. */
export function readCompletion(text: string, dialect: Dialect, context: ResponseContext): ParsedCompletion {
  const form = streamedForm(text, dialect);
  if (!form) return dialect.parseCompletion(text, context);
  const whole = { ...context, includeUsage: true, usageExtension: undefined };
  return readStreamed(text, createDecoder[form](), dialect.createStreamParser(whole));
}

/** The form in which a text is a stream; undefined where it is one answer, or nothing that is known. */
function streamedForm(text: string, { framing }: Dialect): 'sse' | 'ndjson' | undefined {
  const beginning = text.slice(0, 64).trimStart();
  if (/^[a-z:]/.test(beginning)) return isEventStream(beginning) ? 'sse' : undefined;
  if (framing !== 'ndjson') return undefined;
  const lines = text.trim();
  const end = lines.indexOf('\n');
  return end !== -1 && isJson(lines.slice(0, end)) ? 'ndjson' : undefined;
}

function readStreamed(text: string, decoder: StreamDecoder, stream: StreamParser): ParsedCompletion {
  const chunks: string[] = [];
  for (const event of [...decoder.push(Buffer.from(text)), ...decoder.end()]) {
    if (!stream.complete) chunks.push(...stream.push(event));
  }
  chunks.push(...remainingChunks(stream));
  return {
    body: assembleCompletion(chunks),
    usage: stream.usage(),
    warnings: stream.warnings ?? [],
    isEmpty: !stream.hasContent,
  };
}
