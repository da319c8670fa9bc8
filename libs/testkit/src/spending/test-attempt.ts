import type { AttemptMade } from '@weir/contracts/usage-events';
import { pricedModel } from './spending.ts';
import { usageRecord } from '../usage-record.ts';

interface Known {
  readonly requestId: string;
  readonly keyId: string;
  readonly nanoUsd: number;
  /** Unix time in milliseconds; now unless given. */
  readonly startedAtMs?: number;
}

/** The only attempt of a request, as a router tells of it: 12 tokens in, 20 out. */
export function testAttempt({ requestId, keyId, nanoUsd, startedAtMs = Date.now() }: Known): AttemptMade {
  return {
    requestId,
    attempt: 1,
    tenant: 'default',
    keyId,
    startedAtMs,
    latencyMs: 12.5,
    provider: 'openai',
    model: pricedModel,
    modelAsked: pricedModel,
    purpose: 'first',
    outcome: 'ok',
    maybeBilled: true,
    streamed: false,
    usage: usageRecord({ uncachedInputTokens: 12, outputTokens: 20, modelServed: pricedModel }),
    cost: { nanoUsd, priceId: 'test' },
  };
}
