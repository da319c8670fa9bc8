import { createHmac } from 'node:crypto';
import type { CacheOrder } from '@weir/contracts/cache/order';
import type { Envelope } from '@weir/contracts/envelope';
import { parseExactJson } from '@weir/service-kit/exact-json';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { canonicalContext, canonicalJson, canonicalRequest } from './canonical-json.ts';

interface KeyedRequest {
  /** The request's JSON as it came. */
  readonly body: Uint8Array;
  readonly envelope: Pick<Envelope, 'tenant' | 'caller' | 'access'>;
  readonly order: CacheOrder;
}

/** Keeps what the keys are made of out of Redis, and is the same for as long as the oldest master key is kept. */
export function cacheKeyOf(masterKeys: MasterKeys): Buffer {
  return masterKeys.derive('weir/cache-key/1').at(-1) ?? Buffer.alloc(0);
}

/** The keys of one request: made when they are asked for, from a body that is read once. */
export class RequestKeys {
  readonly #hmacKey: Buffer;
  readonly #keyed: KeyedRequest;
  readonly #request: Record<string, unknown>;

  /** The body is valid by its contract. */
  constructor(hmacKey: Buffer, keyed: KeyedRequest) {
    this.#hmacKey = hmacKey;
    this.#keyed = keyed;
    // What the contract's schema has made of it may lack digits.
    this.#request = parseExactJson(Buffer.from(keyed.body).toString()) as Record<string, unknown>;
  }

  /** Requests with the same have the same answer, and all who may be given it. */
  get entry(): string {
    return this.#digest(['entry', ...scopeOf(this.#keyed)], canonicalRequest(this.#request));
  }

  /** Requests with the same differ in nothing but what the last message says. */
  partition(embedderId: string): string {
    const messages = this.#request['messages'] as unknown[];
    return this.#digest(
      ['partition', embedderId, ...scopeOf(this.#keyed)],
      canonicalContext({ ...this.#request, messages }),
    );
  }

  /** An array of JSON is one line, so that nothing of it can be taken for a part of the request. */
  #digest(scope: readonly unknown[], request: string): string {
    const text = `${canonicalJson(scope)}\n${request}`;
    return createHmac('sha256', this.#hmacKey).update(text).digest('base64url');
  }
}

/** All that decides the answer and is not in the body. */
function scopeOf({ envelope, order }: KeyedRequest): unknown[] {
  const { access } = envelope;
  return [sharersOf(envelope, order), order.screening, access, order.route, order.namespace];
}

/** Who may be answered from an entry. Where a request has no team, its key alone; where it has no key, the organisation's others without one. */
function sharersOf({ tenant, caller }: KeyedRequest['envelope'], { sharedBy }: CacheOrder): unknown[] {
  const { keyId, teamId } = caller ?? {};
  if (sharedBy === 'everyone') return ['everyone'];
  if (sharedBy === 'organisation') return ['organisation', tenant];
  if (sharedBy === 'team' && teamId !== undefined) return ['team', tenant, teamId];
  return ['key', tenant, keyId];
}
