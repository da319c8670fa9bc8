import { hash } from 'node:crypto';
import {
  awaitAnswer,
  type CachedAnswer,
  lookUpAnswer,
  type LookUpReply,
  storeAnswer,
  type StoreTicket,
} from '@weir/contracts/cache/lookup';
import type { Endpoint, ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import { usageRecord } from './usage-record.ts';

type Stored = RequestOf<typeof storeAnswer>;

/** A cache service in memory: the same bytes under the same order have the same answer. Each look-up leads. */
export class FakeCache {
  /** What a test has it say in the place of that; what it throws, too. */
  onLookUp: ((envelope: Envelope) => LookUpReply | Promise<LookUpReply>) | undefined;
  onAwait: ((envelope: Envelope) => LookUpReply | Promise<LookUpReply>) | undefined;
  readonly lookups: { readonly body: string; readonly envelope: Envelope }[] = [];
  /** All that came, releases of tickets included. */
  readonly stored: Stored[] = [];
  readonly #answers = new Map<string, CachedAnswer>();

  /** A bus that reaches this cache alone. */
  readonly request: Bus['request'] = async <E extends Endpoint>(
    { name, reply }: E,
    data: RequestOf<E> | Uint8Array,
    envelope: Envelope,
  ) => {
    const json = data instanceof Uint8Array ? Buffer.from(data).toString() : JSON.stringify(data);
    return reply.parse(await this.#answer(name, json, envelope)) as ReplyOf<E>;
  };

  #answer(name: string, json: string, envelope: Envelope): unknown {
    if (name === storeAnswer.name) return this.#store(storeAnswer.request.parse(JSON.parse(json)));
    if (name === awaitAnswer.name) return (this.onAwait ?? this.onLookUp)?.(envelope);
    if (name !== lookUpAnswer.name) throw new Error(`The fake cache has no ${name}.`);
    this.lookups.push({ body: json, envelope });
    return this.onLookUp ? this.onLookUp(envelope) : this.#lookUp(json, envelope);
  }

  #lookUp(json: string, envelope: Envelope): LookUpReply {
    const ticket = ticketFor(json, envelope);
    const answer = this.#answers.get(ticket.id);
    return answer && ticket.order.isRead ? { outcome: 'hit', answer } : { outcome: 'miss', ticket };
  }

  #store(given: Stored): ReplyOf<typeof storeAnswer> {
    this.stored.push(given);
    const { ticket, head, trailer, completion, chunks } = given;
    if (!head || !trailer) return { isStored: false, reason: 'nothing came' };
    const form = completion
      ? { completion: JSON.stringify(completion) }
      : { chunks: (chunks ?? []).map((chunk) => JSON.stringify(chunk)) };
    this.#answers.set(ticket.id, {
      ...{ id: ticket.id, tier: 'exact', ageSeconds: 3, usage: trailer.usage },
      ...{ provider: head.provider, model: head.model, ...form },
    });
    return { isStored: true };
  }
}

/** An answer as a cache has it. */
export function cachedAnswer(fields: Partial<CachedAnswer> = {}): CachedAnswer {
  return {
    ...{ id: 'A'.repeat(43), tier: 'exact', ageSeconds: 3, provider: 'openai', model: 'gpt-5-mini' },
    usage: usageRecord({ outputTokens: 2 }),
    ...fields,
  };
}

/** A look-up's ticket: the request's own, where the body says what it is. */
export function ticketFor(
  json: string,
  { tenant, cache }: Envelope,
  fields: Partial<StoreTicket> = {},
): StoreTicket {
  if (!cache) throw new Error('The cache is off for this request.');
  const { namespace, route, screening } = cache;
  const id = hash('sha256', JSON.stringify([json, tenant, namespace, route, screening]), 'base64url');
  return { id, model: 'gpt-5-mini', order: cache, askedAtMs: 0, isLeader: true, ...fields };
}
