import type { CacheEntry } from '@weir/contracts/admin/cache';
import { formatUsd } from '@weir/pricing/money';
import type { ListedEntry } from '../entries/entry.ts';

/** An entry as admins see it, without what it says. */
export function toShownEntry({ meta, hits }: ListedEntry): CacheEntry {
  const { costNanoUsd } = meta;
  return {
    id: meta.id,
    organisation_id: meta.organisation,
    team_id: meta.teamId ?? null,
    key_id: meta.keyId ?? null,
    namespace: meta.namespace ?? null,
    model: meta.model,
    provider: meta.provider,
    model_served: meta.modelServed,
    semantic: meta.partition !== undefined,
    bytes: meta.bytes,
    hits,
    cost_usd: costNanoUsd === undefined ? null : formatUsd(costNanoUsd),
    created_at: toRfc3339(meta.createdAtMs),
    expires_at: toRfc3339(meta.expiresAtMs),
  };
}

const toRfc3339 = (atMs: number) => new Date(atMs).toISOString();
