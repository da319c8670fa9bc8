import type { ChatRequest } from '@weir/contracts/chat/request';
import type { AttemptMade } from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { nextTurn } from '@weir/service-kit/event-loop';
import { Fault } from '@weir/service-kit/fault';
import { maxTurnLength } from '@weir/service-kit/json-reader';
import type { AdmittedAttempt } from '../billing/attempt-bill.ts';
import type { RequestBilling } from '../billing/request-billing.ts';
import type { ResponseContext, WireRequest } from '../domain/dialect.ts';
import { attributed, type Failure } from '../domain/failure.ts';
import { secretsOf } from '../domain/provider.ts';
import type { AnswerSecrets } from '../domain/answer-secrets.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import type { Received } from './answer-meter.ts';
import { limitTime } from './attempt-time-limit.ts';
import type { PickedCredential } from './credential-picker.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import type { RequestContext } from './request-context.ts';
import type { ResponseSink } from './response-commit.ts';
import type { AttemptParts, AttemptResult } from './attempt.ts';
import { sendAttempt } from './send-attempt.ts';
import { cleanResult, sinkWithout } from './without-secrets.ts';

export interface AttemptOptions extends PickedCredential {
  readonly candidate: AvailableTarget;
  /** With the config's overrides. */
  readonly chat: ChatRequest;
  /** The same in the words of the candidate's dialect. */
  readonly wire: WireRequest;
  readonly purpose: AttemptMade['purpose'];
  readonly sink: ResponseSink;
  readonly signal: AbortSignal;
  /** Whether another attempt's response is committed, so that the end of this one is no failure. */
  readonly hasLost: () => boolean;
  /** As in {@link AttemptParts}. */
  readonly onContent: AttemptParts['onContent'];
  /** Whether another target could be tried after this failure. */
  readonly hasNextTarget: (failure: Failure) => boolean;
}

interface SendParts {
  readonly request: RequestContext;
  readonly engine: EngineDependencies;
  readonly billing: RequestBilling;
  readonly admitted: AdmittedAttempt;
  readonly received: Received;
  /** Called once, before the commit. */
  readonly onFirstContent: () => void;
}

/** Sends an attempt that was admitted, within its target's limits of time, and gives a failure its provider's name. Throws nothing. */
export async function sendToTarget(options: AttemptOptions, parts: SendParts): Promise<AttemptResult> {
  const { candidate, credential, wire, sink, signal, onContent } = options;
  const { request, engine, admitted, received, onFirstContent } = parts;
  const { provider, target } = candidate;
  const { timeouts } = target.policy;
  const upstream = engine.upstreams.of(provider);
  const secrets = upstream.answerSecrets(credential);
  const isStreamed = request.chat.stream === true;
  const { firstContentMs = upstream.firstContentTimeoutMs, totalMs } = timeouts;
  const limits = { totalMs, firstContentMs: isStreamed ? firstContentMs : undefined };
  const timeLimit = limitTime(signal, limits, engine.clock);
  const result = await sendAttempt({
    upstream,
    wire,
    isStreamed,
    context: responseContext(options, parts, secrets),
    slices: admitted.held?.slices,
    credential,
    timeouts,
    sink: secrets ? sinkWithout(secrets, sink) : sink,
    received,
    signal: timeLimit.signal,
    onContent: (texts) => {
      timeLimit.contentHasCome();
      onContent(texts);
      onFirstContent();
    },
    onEmptyAnswer: () => {
      takeEmptyAnswer(options, engine);
    },
  });
  timeLimit.release();
  const isLong = result.ok && (result.body?.length ?? 0) > maxTurnLength;
  // To search it for keys takes a turn, and so does to bill it.
  if (isLong) await nextTurn();
  const cleaned = secrets ? cleanResult(result, secrets) : result;
  if (isLong) await nextTurn();
  if (cleaned.ok) return cleaned;
  return { ...cleaned, failure: attributed(cleaned.failure, provider.name, secretsOf(provider, credential)) };
}

/** Throws where the config prefers another target's answer, and there is one to ask. */
function takeEmptyAnswer(
  { candidate, purpose, hasNextTarget }: AttemptOptions,
  { metrics }: EngineDependencies,
): void {
  const { provider, target } = candidate;
  metrics.observeEmptyAnswer(provider.name);
  if (target.policy.onEmptyAnswer !== 'fallback' || purpose === 'continuation') return;
  const fault = new Fault('upstream_empty_answer');
  if (hasNextTarget({ fault, isEmptyAnswer: true })) throw fault;
}

function responseContext(
  { candidate, chat: sent }: AttemptOptions,
  { request, engine, billing, admitted }: SendParts,
  secrets: AnswerSecrets | undefined,
): ResponseContext {
  const { model, target } = candidate;
  const { chat, config, envelope } = request;
  // A config may ask for it in the caller's place.
  const includeUsage = sent.stream_options?.include_usage === true;
  return {
    requestId: envelope.requestId,
    model: model.id,
    createdAtS: Math.floor(engine.clock.nowMs() / 1_000),
    choices: target.overrides.n ?? chat.n ?? 1,
    isSecret: secrets && ((name) => secrets.isRepeatedIn(name)),
    forcesNamedCall: forcesNamedCall(sent),
    isContinuable: config.onStreamFailure === 'continue',
    includeUsage,
    ...(includeUsage && {
      usageExtension: (usage: UsageRecord) => billing.usageExtension(admitted, usage),
    }),
  };
}

/** By OpenAI's field for it, or by its older one. */
function forcesNamedCall({ tool_choice: choice, function_call: older }: ChatRequest): boolean {
  if (typeof choice === 'object' && choice !== null)
    return choice.type === 'function' || choice.type === 'custom';
  return typeof older === 'object' && older !== null;
}
