import type { ChatRequest } from '@weir/contracts/chat/request';
import { askedCap } from '../dialects/output-cap.ts';
import { otherCapParam, refusesStreamOptions, smallerCapTokens } from '../domain/cap-refusal.ts';
import type { OutputCapParam, WireRequest } from '../domain/dialect.ts';
import type { Failure } from '../domain/failure.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { toWireTarget } from '../domain/wire-target.ts';
import type { EngineDependencies } from './engine-dependencies.ts';

/** What of the gateway's own additions a host has refused, and is sent otherwise. */
interface WireChanges {
  /** The most that a cap is which the caller has not set. */
  readonly ownCapTokens?: number;
  readonly outputCapParam?: OutputCapParam;
  /** Whether streams are asked for without their usage. */
  readonly withoutStreamOptions?: boolean;
}

interface WireOptions extends WireChanges {
  /** Whether a budget has to bound the attempt. */
  readonly isCapRequired: boolean;
}

type WireParts = Pick<EngineDependencies, 'upstreams' | 'defaultOutputTokens'>;

/** The chat in the dialect of the target's provider. Throws a Fault where the dialect cannot express it. */
export function toWireRequest(
  chat: ChatRequest,
  { provider, model }: AvailableTarget,
  { upstreams, defaultOutputTokens }: WireParts,
  { isCapRequired, ownCapTokens, outputCapParam, withoutStreamOptions }: WireOptions,
): WireRequest {
  const { dialect, modelsWithoutStreamOptions } = upstreams.of(provider);
  const isWithoutUsage =
    withoutStreamOptions ?? (!chat.stream_options && modelsWithoutStreamOptions.has(model.id));
  const target = toWireTarget({ provider, model }, chat, {
    defaultOutputTokens,
    isCapRequired,
    ownCapTokens,
  });
  return dialect.buildRequest(chat, {
    ...target,
    ...(outputCapParam && { outputCapParam }),
    ...(isWithoutUsage && { unsupportedParams: [...target.unsupportedParams, 'stream_options'] }),
  });
}

/** How often a request is sent otherwise, where a host refuses what the gateway has added to it. */
const maxRewrites = 3;

/** Of one host: callers may name any number. */
const maxRememberedModels = 100;

/** Writes a request for one target, and otherwise where its host has refused what the gateway has added to it. */
export class WireRequestWriter {
  readonly #chat: ChatRequest;
  readonly #candidate: AvailableTarget;
  readonly #parts: WireParts;
  #changes: WireChanges = {};
  #rewrites = 0;

  constructor(chat: ChatRequest, candidate: AvailableTarget, parts: WireParts) {
    this.#chat = chat;
    this.#candidate = candidate;
    this.#parts = parts;
  }

  /** Throws as {@link toWireRequest} does. */
  write(isCapRequired: boolean): WireRequest {
    return toWireRequest(this.#chat, this.#candidate, this.#parts, { isCapRequired, ...this.#changes });
  }

  /** Whether the failure is a refusal of what the gateway has added to this request: the next one is without it. */
  takeRefusal(failure: Failure, refused: WireRequest): boolean {
    const changes = this.#rewrites < maxRewrites && changesAfter(failure, this.#chat, refused);
    if (!changes) return false;
    this.#changes = { ...this.#changes, ...changes };
    this.#rewrites++;
    return true;
  }

  /** What was written last was taken: the next streams of the model shall not begin with the same refusal. */
  rememberRefusal(): void {
    if (!this.#changes.withoutStreamOptions) return;
    const { provider, model } = this.#candidate;
    const { modelsWithoutStreamOptions: models } = this.#parts.upstreams.of(provider);
    if (models.size < maxRememberedModels) models.add(model.id);
  }
}

/**
 * How the request is to be sent again where a host has refused what the gateway has added to it; undefined where it has
 * refused what the caller asked for.
 */
function changesAfter(
  { status, refusal }: Failure,
  chat: ChatRequest,
  { outputCapTokens, outputCapParam }: WireRequest,
): WireChanges | undefined {
  if (refusal === undefined || (status !== 400 && status !== 413 && status !== 422)) return undefined;
  if (chat.stream && !chat.stream_options && refusesStreamOptions(refusal)) {
    return { withoutStreamOptions: true };
  }
  if (outputCapTokens === undefined) return undefined;
  const otherName = outputCapParam && otherCapParam(refusal, outputCapParam);
  if (otherName && chat[outputCapParam] === undefined) return { outputCapParam: otherName };
  const ownCapTokens = askedCap(chat) === undefined ? smallerCapTokens(refusal, outputCapTokens) : undefined;
  return ownCapTokens === undefined ? undefined : { ownCapTokens };
}
