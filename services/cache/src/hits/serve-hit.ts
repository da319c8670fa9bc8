import type { LookUpReply, StoreTicket } from '@weir/contracts/cache/lookup';
import { cacheAnswered } from '@weir/contracts/usage-events';
import { inputTokensOf, outputTokensOf } from '@weir/pricing/usage-tokens';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { CacheRequest } from '../cache-request.ts';
import { replay } from '../completions/replay.ts';
import type { Entry } from '../entries/entry.ts';
import type { HitRecorder } from './hit-recorder.ts';

interface ServeHitParts {
  readonly bus: Pick<Bus, 'publishDurable'>;
  readonly recorder: Pick<HitRecorder, 'record'>;
}

export interface Hit {
  readonly entry: Entry;
  readonly nowMs: number;
  /** Of the semantic tier. */
  readonly similarity?: number;
  readonly revalidate?: StoreTicket;
}

export type ServeHit = (request: CacheRequest, hit: Hit) => LookUpReply;

/** Answers with an entry, and tells what that has saved. */
export function createServeHit({ bus, recorder }: ServeHitParts): ServeHit {
  return (request, { entry, nowMs, similarity, revalidate }) => {
    const { chat, envelope } = request;
    const { meta, completion } = entry;
    const { requestId, tenant: organisation } = envelope;
    const tier = similarity === undefined ? 'exact' : 'semantic';
    recorder.record({
      ...{ requestId, entry: meta.id, tier, organisation },
      ...(similarity !== undefined && {
        ...{ similarity, partition: meta.partition, model: chat.model },
        accuracyTarget: request.order.accuracyTarget,
      }),
    });
    bus.publishDurable(cacheAnswered, savedBy(request, { entry, similarity }), requestId);
    const { id, provider, modelServed: model, isKnownModel, usage, warnings, createdAtMs } = meta;
    return {
      outcome: 'hit',
      answer: {
        ...{ id, tier, ageSeconds: Math.max(0, Math.floor((nowMs - createdAtMs) / 1_000)) },
        ...(similarity !== undefined && { similarity }),
        ...{ provider, model, usage },
        ...(isKnownModel !== undefined && { isKnownModel }),
        ...(warnings && { warnings }),
        ...replay(completion, chat),
      },
      ...(revalidate && { revalidate }),
    };
  };
}

type Saved = { readonly entry: Entry; readonly similarity: number | undefined };

function savedBy(request: CacheRequest, { entry: { meta }, similarity }: Saved) {
  const { chat, envelope, askedAtMs, startedAtMs } = request;
  const { requestId, tenant, caller, metadata } = envelope;
  const endUser = chat.user?.slice(0, 256);
  return {
    ...{ requestId, tenant, ...caller, startedAtMs: askedAtMs, modelAsked: chat.model },
    ...(endUser && { endUser }),
    latencyMs: performance.now() - startedAtMs,
    tier: similarity === undefined ? ('exact' as const) : ('semantic' as const),
    ...{ provider: meta.provider, model: meta.modelServed },
    ...(meta.costNanoUsd !== undefined && { savedNanoUsd: meta.costNanoUsd }),
    saved: {
      inputTokens: inputTokensOf(meta.usage),
      outputTokens: outputTokensOf(meta.usage),
      latencyMs: meta.latencyMs,
    },
    ...(similarity !== undefined && { similarity }),
    ...(metadata && { metadata }),
  };
}
