import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { createDecoder, formOf, type BodyForm } from '../adapters/framing.ts';
import type { UpstreamResponse } from '../adapters/upstream-response.ts';
import type { OutputSlices } from '../admission/output-slices.ts';
import type { Upstream } from '../adapters/upstream.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { Dialect, OutputCount, ResponseContext, StreamParser, WireRequest } from '../domain/dialect.ts';
import type { Failure } from '../domain/failure.ts';
import type { KnownCredential } from '../domain/provider.ts';
import type { Timeouts } from '../domain/routing/compiled-config.ts';
import type { Received } from './answer-meter.ts';
import { CompletionStream } from './completion-stream.ts';
import { readCompletion } from './read-completion.ts';
import { readError } from './read-error.ts';
import type { ResponseSink } from './response-commit.ts';
import { emptyAnswerWarning, ResponseRelay } from './response-relay.ts';

export interface AttemptParts {
  readonly upstream: Upstream;
  readonly wire: WireRequest;
  readonly isStreamed: boolean;
  readonly context: ResponseContext;
  readonly credential: KnownCredential | undefined;
  readonly timeouts: Timeouts;
  readonly sink: ResponseSink;
  /** Of all attempts of the request: what comes is added to it. */
  readonly received: Received;
  readonly signal: AbortSignal;
  /** Of a stream whose hold grows with it. */
  readonly slices: OutputSlices | undefined;
  /** Called with the first content of a stream and all before it, or with the whole response, before the commit. May throw. */
  readonly onContent: (texts: readonly string[]) => void;
  /** Called before, where the answer has ended by itself and says nothing. Throws `upstream_empty_answer` to have another. */
  readonly onEmptyAnswer: () => void;
}

interface Used {
  /** As far as the provider has reported it. */
  readonly usage: UsageRecord;
  /** What has come of a stream. */
  readonly output?: OutputCount | undefined;
  /** What was mended or is lost of the answer, and came too late for its head. */
  readonly lateWarnings?: readonly string[] | undefined;
}

/** A good answer that says nothing, and was given up to have another target's. */
export interface EmptyAnswer {
  readonly warnings: readonly string[];
  /** Of a stream. */
  readonly chunks: readonly string[];
  /** Of a whole answer. */
  readonly body?: string;
}

interface Failed {
  readonly ok: false;
  readonly failure: Failure;
  readonly emptyAnswer?: EmptyAnswer | undefined;
}

/** How an attempt ended. What was used is known in both cases. */
export type AttemptResult = Used & ({ readonly ok: true; readonly body?: string } | Failed);

/** Sends one request to one provider, and relays the chunks where the response is streamed. Throws nothing. */
export async function sendAttempt(parts: AttemptParts): Promise<AttemptResult> {
  const { upstream, wire, context, credential, timeouts, signal } = parts;
  const progress: Progress = { usage: () => missingUsage(context.model) };
  try {
    const { model } = context;
    const response = await upstream.post(wire.path, wire.body, { model, credential, signal, timeouts });
    progress.status = response.status;
    return await readResponse(response, parts, progress).finally(() => {
      parts.received.bytes += response.receivedBytes;
    });
  } catch (thrown) {
    const { status, refusal, relay, usage, output } = progress;
    const fault = Fault.from(thrown);
    const emptyAnswer = fault.code === 'upstream_empty_answer' ? progress.emptyAnswer : undefined;
    const isOurs = relay?.isWaiting === true && fault.code === 'upstream_timeout';
    const failure = {
      fault: isOurs ? new Fault('deadline_exceeded') : fault,
      status: status !== undefined && status >= 300 ? status : undefined,
      refusal,
      ...(emptyAnswer && { isEmptyAnswer: true }),
    };
    return { ok: false, failure, emptyAnswer, usage: usage(), output, lateWarnings: relay?.lateWarnings };
  }
}

/** What is known of an attempt when it fails. */
interface Progress {
  status?: number;
  refusal?: string;
  relay?: ResponseRelay;
  output?: OutputCount;
  emptyAnswer?: EmptyAnswer;
  usage: () => UsageRecord;
}

async function readResponse(
  response: UpstreamResponse,
  parts: AttemptParts,
  progress: Progress,
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
  progress: Progress,
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
  progress: Progress,
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
