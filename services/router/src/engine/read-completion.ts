import { answerJsonLimits } from '@weir/contracts/limits';
import { nextTurn, TurnLimit } from '@weir/service-kit/event-loop';
import { createDecoder, isEventStream, isJson, type StreamDecoder } from '../adapters/framing.ts';
import type { Dialect, ParsedCompletion, ResponseContext, WireEvent } from '../domain/dialect.ts';
import { measureAnswer, type Received, withinLimits } from './answer-meter.ts';
import { CompletionAssembler } from './assemble-completion.ts';
import { remainingChunks } from './response-relay.ts';

interface ReadParts {
  readonly dialect: Dialect;
  readonly context: ResponseContext;
  readonly received: Received;
}

/**
 * Reads a whole answer. A host that streams although nobody asked for it has answered all the same, and has to be paid. What takes
 * long is cut into slices.
 */
export async function readCompletion(text: string, parts: ReadParts): Promise<ParsedCompletion> {
  const { dialect, context, received } = parts;
  const form = streamedForm(text, dialect);
  if (form) return readStreamed(text, createDecoder[form](), parts);
  const measured = measureAnswer(text, answerJsonLimits, received);
  if (!measured) return withinLimits(() => dialect.parseCompletion(text, context));
  await measured;
  const completion = withinLimits(() => dialect.parseCompletion(text, context));
  await nextTurn();
  return completion;
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

/** How many bytes are decoded, and how many characters of events are read, in one turn. */
const pieceBytes = 64 * 1024;
const turnLength = 64 * 1024;
/** What an event counts at least. */
const eventLength = 512;

async function readStreamed(
  text: string,
  decoder: StreamDecoder,
  { dialect, context, received }: ReadParts,
): Promise<ParsedCompletion> {
  const stream = dialect.createStreamParser({ ...context, includeUsage: true, usageExtension: undefined });
  const assembler = new CompletionAssembler();
  const turns = new TurnLimit(turnLength);
  const bytes = Buffer.from(text);
  const take = async (events: readonly WireEvent[]) => {
    for (const event of events) {
      if (stream.complete) return;
      await turns.done(event.data.length + eventLength);
      await measureAnswer(event.data, decoder.limits, received);
      for (const chunk of withinLimits(() => stream.push(event))) assembler.add(chunk);
    }
  };
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    await take(decoder.push(bytes.subarray(from, from + pieceBytes)));
  }
  await take(decoder.end());
  for (const chunk of remainingChunks(stream)) assembler.add(chunk);
  return {
    body: assembler.whole(),
    usage: stream.usage(),
    warnings: stream.warnings ?? [],
    isEmpty: !stream.hasContent,
  };
}
