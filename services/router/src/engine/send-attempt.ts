import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { framings } from '../adapters/framing.ts';
import type { UpstreamResponse } from '../adapters/upstream-response.ts';
import type { OutputSlices } from '../admission/output-slices.ts';
import type { Upstream } from '../adapters/upstream.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { Dialect, OutputCount, ResponseContext, WireRequest } from '../domain/dialect.ts';
import { withDetails, type Failure } from '../domain/failure.ts';
import type { KnownCredential } from '../domain/provider.ts';
import type { Timeouts } from '../domain/routing/compiled-config.ts';
import type { ResponseSink } from './response-commit.ts';
import { ResponseRelay, withinStack } from './response-relay.ts';

export interface AttemptParts {
  readonly upstream: Upstream;
  readonly wire: WireRequest;
  readonly isStreamed: boolean;
  readonly context: ResponseContext;
  readonly credential: KnownCredential | undefined;
  readonly timeouts: Timeouts;
  readonly sink: ResponseSink;
  readonly signal: AbortSignal;
  /** Of a stream whose hold grows with it. */
  readonly slices: OutputSlices | undefined;
  /** Called with the first content of a stream and all before it, or with the whole response, before the commit. May throw. */
  readonly onContent: (texts: readonly string[]) => void;
}

interface Used {
  /** As far as the provider has reported it. */
  readonly usage: UsageRecord;
  /** What has come of a stream. */
  readonly output?: OutputCount | undefined;
}

/** How an attempt ended. What was used is known in both cases. */
export type AttemptResult = Used &
  ({ readonly ok: true; readonly body?: string } | { readonly ok: false; readonly failure: Failure });

/** How much of an error's body is read: what matters stands at its beginning. */
const maxErrorBytes = 64 * 1024;

/** Sends one request to one provider, and relays the chunks where the response is streamed. Throws nothing. */
export async function sendAttempt(parts: AttemptParts): Promise<AttemptResult> {
  const { upstream, wire, context, credential, timeouts, signal } = parts;
  const progress: Progress = { usage: () => missingUsage(context.model) };
  try {
    const { model } = context;
    const response = await upstream.post(wire.path, wire.body, { model, credential, signal, timeouts });
    progress.status = response.status;
    return await readResponse(response, parts, progress);
  } catch (thrown) {
    const { status, refusal, relay, usage, output } = progress;
    const fault = Fault.from(thrown);
    const isOurs = relay?.isWaiting === true && fault.code === 'upstream_timeout';
    const failure = {
      fault: isOurs ? new Fault('deadline_exceeded') : fault,
      status: status !== undefined && status >= 300 ? status : undefined,
      refusal,
    };
    return { ok: false, failure, usage: usage(), output };
  }
}

/** What is known of an attempt when it fails. */
interface Progress {
  status?: number;
  refusal?: string;
  relay?: ResponseRelay;
  output?: OutputCount;
  usage: () => UsageRecord;
}

async function readResponse(
  response: UpstreamResponse,
  parts: AttemptParts,
  progress: Progress,
): Promise<AttemptResult> {
  const { upstream, isStreamed, context, sink, signal, slices, onContent } = parts;
  const { dialect } = upstream;
  if (!response.isSuccess) throw await readError(response, dialect, progress);
  if (!isStreamed) {
    const text = await response.text();
    const { usage, body } = withinStack(() => dialect.parseCompletion(text, context));
    progress.usage = () => usage;
    onContent([body]);
    sink.commit();
    return { ok: true, usage, body };
  }
  const { contentTypes, createDecoder } = framings[dialect.framing];
  if (!contentTypes.includes(response.contentType)) throw await readNoStream(response, dialect, context);
  const stream = dialect.createStreamParser(context);
  progress.usage = () => stream.usage();
  progress.output = stream.output;
  progress.relay = new ResponseRelay({ stream, sink, signal, slices, onContent });
  await progress.relay.run(response, createDecoder());
  return { ok: true, usage: stream.usage(), output: stream.output };
}

async function readError(response: UpstreamResponse, dialect: Dialect, progress: Progress): Promise<Fault> {
  const text = (progress.refusal = await response.prefix(maxErrorBytes));
  const fault = dialect.parseError(response.status, text);
  const { retryAfterMs } = response;
  return fault.retryable && retryAfterMs !== undefined ? withDetails(fault, { retryAfterMs }) : fault;
}

/** A host that responds to a streamed request with one JSON object reports an error in it, or does not stream. */
async function readNoStream(
  response: UpstreamResponse,
  dialect: Dialect,
  context: ResponseContext,
): Promise<Fault> {
  if (response.contentType === 'application/json') {
    const text = await response.text();
    withinStack(() => dialect.parseCompletion(text, context));
  } else response.discard();
  const cause = new Error(`The content type of a stream is ${response.contentType}`);
  return new Fault('upstream_invalid_response', { cause });
}
