import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { framings } from '../adapters/framing.ts';
import type { UpstreamAnswer } from '../adapters/upstream-answer.ts';
import type { Upstream } from '../adapters/upstream.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { AnswerContext, Dialect, WireRequest } from '../domain/dialect.ts';
import { withDetails } from '../domain/fault-details.ts';
import type { Failure } from '../domain/failure.ts';
import type { Credential } from '../domain/provider.ts';
import type { Timeouts } from '../domain/routing/target.ts';
import { BoundOutlet } from './bound-outlet.ts';
import type { Outlet } from './outlet.ts';
import { StreamRelay } from './stream-relay.ts';
import { withinStack } from './within-stack.ts';

export interface AttemptParts {
  readonly upstream: Upstream;
  readonly wire: WireRequest;
  readonly isStreamed: boolean;
  readonly context: AnswerContext;
  readonly credential: Credential | undefined;
  readonly timeouts: Timeouts;
  readonly outlet: Outlet;
  readonly signal: AbortSignal;
  /** Called with the first content of a stream and all before it, or the whole answer, before it is taken. May throw. */
  readonly onContent: (texts: readonly string[]) => void;
}

/** How an attempt ended. What was used is told in both cases, as far as the provider has told it. */
export type AttemptResult =
  | { readonly ok: true; readonly usage: UsageRecord; readonly body?: string }
  | { readonly ok: false; readonly failure: Failure; readonly usage: UsageRecord };

/** The longest refusal that is read: what matters of it stands at its beginning. */
const maxRefusalBytes = 64 * 1024;

/** Asks one provider once. Passes the chunks on where the answer streams. Throws nothing. */
export async function attempt(parts: AttemptParts): Promise<AttemptResult> {
  const { upstream, wire, context, credential, timeouts, signal } = parts;
  const outlet = new BoundOutlet(parts.outlet, signal);
  const progress: Progress = { usage: () => missingUsage(context.model), outlet };
  try {
    const { model } = context;
    const answer = await upstream.post(wire.path, wire.body, { model, credential, signal, timeouts });
    progress.status = answer.status;
    return await readAnswer(answer, parts, progress);
  } catch (thrown) {
    const status = progress.status !== undefined && progress.status >= 300 ? progress.status : undefined;
    const thrownFault = Fault.from(thrown);
    const isAskersDoing = outlet.isWaiting && thrownFault.code === 'upstream_timeout';
    const fault = isAskersDoing ? new Fault('deadline_exceeded') : thrownFault;
    return { ok: false, failure: { fault, status }, usage: progress.usage() };
  }
}

/** What is known of an attempt when it fails. */
interface Progress {
  status?: number;
  usage: () => UsageRecord;
  readonly outlet: BoundOutlet;
}

async function readAnswer(
  answer: UpstreamAnswer,
  parts: AttemptParts,
  progress: Progress,
): Promise<AttemptResult> {
  const { upstream, isStreamed, context, onContent } = parts;
  const { dialect } = upstream;
  if (!answer.isSuccess) throw await readRefusal(answer, dialect);
  if (!isStreamed) {
    const text = await answer.text();
    const { usage, body } = withinStack(() => dialect.completion(text, context));
    progress.usage = () => usage;
    onContent([body]);
    progress.outlet.open();
    return { ok: true, usage, body };
  }
  const { contentTypes, createDecoder } = framings[dialect.framing];
  if (!contentTypes.includes(answer.contentType)) throw await readNoStream(answer, dialect, context);
  const stream = dialect.stream(context);
  progress.usage = () => stream.usage();
  await new StreamRelay({ stream, outlet: progress.outlet, onContent }).run(answer, createDecoder());
  return { ok: true, usage: stream.usage() };
}

async function readRefusal(answer: UpstreamAnswer, dialect: Dialect): Promise<Fault> {
  const fault = dialect.refusal(answer.status, await answer.beginning(maxRefusalBytes));
  const { retryAfterMs } = answer;
  return fault.retryable && retryAfterMs !== undefined ? withDetails(fault, { retryAfterMs }) : fault;
}

/** A host that answers a streamed request with one JSON object reports an error in it, or does not stream. */
async function readNoStream(
  answer: UpstreamAnswer,
  dialect: Dialect,
  context: AnswerContext,
): Promise<Fault> {
  if (answer.contentType === 'application/json') {
    const text = await answer.text();
    withinStack(() => dialect.completion(text, context));
  } else answer.discard();
  const cause = new Error(`The content type of a stream is ${answer.contentType}`);
  return new Fault('upstream_invalid_response', { cause });
}
