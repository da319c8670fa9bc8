import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { missingUsage } from '../dialects/usage.ts';
import type { AssistantPrefills } from '../domain/assistant-prefill.ts';
import type { AssistantPrefill } from '../domain/provider.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { ContinuationSink } from './continuation-sink.ts';
import type { ResponseSink } from './response-commit.ts';
import type { AttemptResult } from './attempt.ts';
import type { StreamContinuation } from './stream-continuation.ts';

interface ContinueParts {
  readonly continuation: StreamContinuation;
  /** With the target's overrides. */
  readonly chat: ChatRequest;
  readonly candidate: AvailableTarget;
  readonly reply: StreamReply<typeof completeChat>;
  readonly prefills: AssistantPrefills;
  /** Sends a request to the target. Throws nothing. */
  readonly ask: (rest: ChatRequest, sink: ResponseSink) => Promise<AttemptResult>;
  readonly mayAskAgain: () => boolean;
}

/**
 * Has a target continue a stream that another one began: as a message that it goes on with, where it is known to do that,
 * else in words. A target that refuses the former is asked in words, and so are its next continuations. One that refuses both is
 * passed over: the request is not the caller's. Throws nothing.
 */
export async function continueStream(parts: ContinueParts): Promise<AttemptResult> {
  const { candidate, chat, mayAskAgain, prefills } = parts;
  const prefill = prefills.formOf(candidate, chat);
  const result = await askForRest(parts, prefill);
  if (!prefill || !isRefusedRequest(result) || !mayAskAgain()) return orPassedOver(result);
  const inWords = await askForRest(parts, undefined);
  // What is refused in words too was refused for something else.
  if (!isRefusedRequest(inWords)) prefills.refuse(candidate);
  return orPassedOver(inWords);
}

async function askForRest(
  { ask, candidate, chat, continuation, reply }: ContinueParts,
  prefill: AssistantPrefill | undefined,
): Promise<AttemptResult> {
  const rest = continuation.restOf(chat, prefill);
  const { model } = candidate;
  if (!rest) return failed(new Fault('no_target_available'), missingUsage(model.id));
  const sink = new ContinuationSink({ continuation, reply, isPrefilled: prefill !== undefined });
  const result = await ask(rest, sink);
  if (!result.ok) return result;
  try {
    await sink.end();
    return result;
  } catch (thrown) {
    return failed(Fault.from(thrown), result.usage);
  }
}

/** With `no_target_available` the target is passed over, so that the request's fault stays the one that broke the stream. */
function failed(fault: Fault, usage: AttemptResult['usage']): AttemptResult {
  return { ok: false, failure: { fault }, usage };
}

function orPassedOver(result: AttemptResult): AttemptResult {
  return isRefusedRequest(result) ? failed(new Fault('no_target_available'), result.usage) : result;
}

/** Whether the provider found fault with the request, other than with its length or its subject. */
function isRefusedRequest(result: AttemptResult): boolean {
  if (result.ok) return false;
  const { fault, status } = result.failure;
  return fault.code === 'upstream_invalid_request' && (status === 400 || status === 422);
}
