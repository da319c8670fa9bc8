import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { framings } from '../adapters/framing.ts';
import type { UpstreamAnswer } from '../adapters/upstream-answer.ts';
import type { Upstream } from '../adapters/upstream.ts';
import type { AnswerContext, WireRequest } from '../domain/dialect.ts';
import { withDetails } from '../domain/fault-details.ts';
import { StreamRelay } from './stream-relay.ts';
import { withinStack } from './within-stack.ts';

interface Attempt {
  readonly upstream: Upstream;
  readonly wire: WireRequest;
  readonly isStreamed: boolean;
  readonly context: AnswerContext;
  readonly head: CompletionHead;
  readonly reply: StreamReply<typeof completeChat>;
  readonly signal: AbortSignal;
  /** Called when the first content of a stream has come. */
  readonly onContent: () => void;
}

/** The longest refusal that is read: what matters of it stands at its beginning. */
const maxRefusalBytes = 64 * 1024;

/**
 * Asks one provider once. Sends the head, and the chunks where the answer streams; resolves with what is left to
 * send and what was used. Throws a Fault, of which `reply` knows whether anything was sent before it.
 */
export async function attempt(parts: Attempt): Promise<{ usage: UsageRecord; body?: string }> {
  const { upstream, wire, isStreamed, context, head, reply, signal, onContent } = parts;
  const { dialect } = upstream;
  const answer = await upstream.post(wire.path, wire.body, context.model, signal);
  if (!answer.isSuccess) throw await readRefusal(answer, upstream);
  if (!isStreamed) {
    const text = await answer.text();
    const completion = withinStack(() => dialect.completion(text, context));
    reply.head(head);
    return completion;
  }
  const { contentTypes, createDecoder } = framings[dialect.framing];
  if (!contentTypes.includes(answer.contentType)) throw await readNoStream(answer, parts);
  const stream = dialect.stream(context);
  const relay = new StreamRelay({ stream, head, reply, onContent });
  await relay.run(answer, createDecoder());
  return { usage: stream.usage() };
}

async function readRefusal(answer: UpstreamAnswer, { dialect }: Upstream): Promise<Fault> {
  const fault = dialect.refusal(answer.status, await answer.beginning(maxRefusalBytes));
  const { retryAfterMs } = answer;
  return fault.retryable && retryAfterMs !== undefined ? withDetails(fault, { retryAfterMs }) : fault;
}

/** A host that answers a streamed request with one JSON object reports an error in it, or does not stream. */
async function readNoStream(answer: UpstreamAnswer, { upstream, context }: Attempt): Promise<Fault> {
  if (answer.contentType === 'application/json') upstream.dialect.completion(await answer.text(), context);
  else answer.discard();
  const cause = new Error(`The content type of a stream is ${answer.contentType}`);
  return new Fault('upstream_invalid_response', { cause });
}
