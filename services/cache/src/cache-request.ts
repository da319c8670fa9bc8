import type { StoreTicket } from '@weir/contracts/cache/lookup';
import type { CacheOrder } from '@weir/contracts/cache/order';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Envelope } from '@weir/contracts/envelope';
import type { EntryMeta } from './entries/entry.ts';
import { RequestKeys } from './keys/request-keys.ts';

/** A request as the tiers see it. */
export interface CacheRequest {
  readonly chat: ChatRequest;
  readonly envelope: Envelope;
  readonly order: CacheOrder;
  readonly keys: RequestKeys;
  /** Its exact key. */
  readonly id: string;
  /** When it came, Unix time, and by a clock that only goes forward. */
  readonly askedAtMs: number;
  readonly startedAtMs: number;
}

/** Why a request has nothing to do with the cache: labels in metrics. */
export type BypassReason = 'off' | 'kept_by_provider' | 'too_large' | 'unavailable' | 'timeout';

/** To make a larger request's key takes longer than others should wait for, and it is hardly ever asked twice. */
const maxRequestBytes = 1024 * 1024;

interface Received {
  readonly data: ChatRequest;
  readonly body: Uint8Array;
  readonly envelope: Envelope;
}

export function readCacheRequest(
  { data: chat, body, envelope }: Received,
  { hmacKey, nowMs }: { hmacKey: Buffer; nowMs: number },
): CacheRequest | BypassReason {
  const { cache: order } = envelope;
  if (!order) return 'off';
  // An answer from here would not be among those that the provider keeps for its caller.
  if (chat.store === true) return 'kept_by_provider';
  if (body.length > maxRequestBytes) return 'too_large';
  const startedAtMs = performance.now();
  const keys = new RequestKeys(hmacKey, { body, envelope, order });
  return { chat, envelope, order, keys, id: keys.entry, askedAtMs: nowMs, startedAtMs };
}

export function ticketOf(
  { id, chat, order, askedAtMs }: CacheRequest,
  { isLeader, semantic }: Pick<StoreTicket, 'isLeader' | 'semantic'>,
): StoreTicket {
  const choices = chat.n ?? 1;
  return {
    ...{ id, model: chat.model, order, askedAtMs, isLeader },
    ...(choices > 1 && { choices }),
    ...(semantic && { semantic }),
  };
}

/** How old an answer may be, stale ones aside: whoever has made it may have been allowed to keep it for longer. */
export function oldestMsOf({ maxAgeSeconds = Infinity, ttlSeconds }: CacheOrder): number {
  return 1_000 * Math.min(maxAgeSeconds, ttlSeconds);
}

/**
 * Whether a request may be answered from an entry by whose it is. The keys say so already: this holds also where one of them is not
 * what it should be.
 */
export function maySee({ envelope, order }: CacheRequest, meta: EntryMeta): boolean {
  if (meta.sharedBy !== order.sharedBy) return false;
  if (order.sharedBy === 'everyone') return true;
  if (meta.organisation !== envelope.tenant) return false;
  if (order.sharedBy === 'organisation') return true;
  const { keyId, teamId } = envelope.caller ?? {};
  return order.sharedBy === 'team' && teamId !== undefined ? meta.teamId === teamId : meta.keyId === keyId;
}
