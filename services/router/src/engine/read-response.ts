import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { createDecoder, formOf, type BodyForm } from '../adapters/framing.ts';
import type { UpstreamResponse } from '../adapters/upstream-response.ts';
import type { Dialect, OutputCount, ResponseContext, StreamParser } from '../domain/dialect.ts';
import type { AttemptParts, AttemptResult, EmptyAnswer } from './attempt.ts';
import { CompletionStream } from './completion-stream.ts';
import { readCompletion } from './read-completion.ts';
import { readError } from './read-error.ts';
import { emptyAnswerWarning, ResponseRelay } from './response-relay.ts';

/** What is known of a response as far as it was read: all there is of it where reading fails. */
export interface ReadProgress {
  status?: number;
  refusal?: string;
  relay?: ResponseRelay;
  output?: OutputCount;
  emptyAnswer?: EmptyAnswer;
  usage: () => UsageRecord;
}

/** Reads a response of any status, and relays it where it is a stream. Throws a Fault where it is no answer. */
export async function readResponse(
  response: UpstreamResponse,
  parts: AttemptParts,
  progress: ReadProgress,
): Promise<AttemptResult> {
  const { upstream, isStreamed } = parts;
  if (!response.isSuccess) {
    const { fault, refusal } = await readError(response, upstream.dialect);
    progress.refusal = refusal;
    throw fault;
  }
  return isStreamed ? readStream(response, parts, progress) : readWhole(response, parts, progress);
}

async function readWhole(
  response: UpstreamResponse,
  { upstream, context, sink, received, onContent, onEmptyAnswer }: AttemptParts,
  progress: ReadProgress,
): Promise<AttemptResult> {
  const text = await response.text();
  const answer = await readCompletion(text, { dialect: upstream.dialect, context, received });
  const { usage, body, warnings = [], isEmpty = false } = answer;
  progress.usage = () => usage;
  const told = isEmpty ? [...warnings, emptyAnswerWarning] : warnings;
  if (isEmpty) {
    progress.emptyAnswer = { warnings: told, chunks: [], body };
    onEmptyAnswer();
  }
  onContent([body]);
  sink.commit(told);
  return { ok: true, usage, body };
}

async function readStream(
  response: UpstreamResponse,
  { upstream, context, sink, received, signal, slices, onContent, onEmptyAnswer }: AttemptParts,
  progress: ReadProgress,
): Promise<AttemptResult> {
  const { dialect } = upstream;
  const form = formOf(await response.beginning(), dialect.framing);
  if (!form && response.contentType !== 'text/event-stream') {
    response.discard();
    const cause = new Error(`No stream, of ${describeContentType(response.contentType)}`);
    throw new Fault('upstream_invalid_response', { cause });
  }
  // What a head can no longer tell stands beside the usage.
  const lateWarnings = () => {
    const warnings = relay.lateWarnings;
    return warnings.length > 0 ? { warnings } : undefined;
  };
  const { usageExtension } = context;
  const stream = createStream(form, dialect, {
    ...context,
    usageExtension: (usage) => {
      const extension = { ...usageExtension?.(usage), ...lateWarnings() };
      return Object.keys(extension).length > 0 ? extension : undefined;
    },
  });
  const relay = new ResponseRelay({
    stream,
    sink,
    received,
    signal,
    slices,
    onContent,
    onEmpty: (chunks) => {
      progress.emptyAnswer = { warnings: [...(stream.warnings ?? []), emptyAnswerWarning], chunks };
      onEmptyAnswer();
      onContent(chunks);
    },
  });
  progress.usage = () => stream.usage();
  progress.output = stream.output;
  progress.relay = relay;
  await relay.run(response, createDecoder[form ?? 'sse']());
  return { ok: true, usage: stream.usage(), output: stream.output, lateWarnings: relay.lateWarnings };
}

/** What hosts answer with in the place of a stream, as it may stand in a log: any other is of the host's own making. */
const contentTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/octet-stream',
  'application/problem+json',
  'application/xml',
  'text/html',
  'text/plain',
  'text/xml',
]);

function describeContentType(said: string): string {
  if (said === '') return 'no content type';
  return contentTypes.has(said) ? `the content type ${said}` : 'another content type';
}

function createStream(form: BodyForm | undefined, dialect: Dialect, context: ResponseContext): StreamParser {
  return form === 'json' ? new CompletionStream(dialect, context) : dialect.createStreamParser(context);
}
