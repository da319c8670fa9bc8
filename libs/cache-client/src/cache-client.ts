import {
  awaitAnswer,
  lookUpAnswer,
  type LookUpReply,
  storeAnswer,
  type StoreTicket,
} from '@weir/contracts/cache/lookup';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus, StreamCall } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import { AnswerCollector } from './answer-collector.ts';
import { CachedCompletion } from './cached-completion.ts';
import { type CompletionRequest, type CompletionSink, withoutCache } from './completion-request.ts';
import { LookupBreaker } from './lookup-breaker.ts';

interface CacheClientParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** How many answers are renewed at once, at most. */
const maxRevalidations = 16;
/** How long one of them may take. */
const revalidationMs = 120_000;
/** What waiting for another's answer may take beyond the time that the order says. */
const waitGraceMs = 250;

/** Asks the cache before a router is asked, and has it keep what the router answers. A cache that fails is as good as none. */
export class CacheClient {
  readonly #bus: Pick<Bus, 'request'>;
  readonly #clock: Clock;
  readonly #breaker: LookupBreaker;
  readonly #lookups: ReturnType<Metrics['counter']>;
  readonly #stores: ReturnType<Metrics['counter']>;
  #revalidations = 0;

  constructor({ bus, clock, metrics }: CacheClientParts) {
    this.#bus = bus;
    this.#clock = clock;
    this.#breaker = new LookupBreaker(clock);
    this.#lookups = metrics.counter({
      name: 'cache_lookups_total',
      help: 'Look-ups in the cache as their asker saw them: also those that failed, or were not made since the ones before had failed',
      labels: ['outcome'],
    });
    this.#stores = metrics.counter({
      name: 'cache_stores_total',
      help: 'Answers that were given to the cache to keep, by what became of them',
      labels: ['outcome'],
    });
  }

  /** As a router completes a chat, but for what is in the cache. Where that is off nobody is asked first. */
  complete(request: CompletionRequest, sink: CompletionSink): StreamCall {
    const { cache: order } = request.envelope;
    if (!order) return request.fetch(request.envelope, sink);
    return new CachedCompletion({ cache: this, order, request, sink });
  }

  /** Undefined where the cache cannot say; never rejects. */
  async lookUp({ body, envelope }: CompletionRequest): Promise<LookUpReply | undefined> {
    if (!this.#breaker.allows()) {
      this.#lookups.inc({ outcome: 'skipped' });
      return undefined;
    }
    const askedAtMs = this.#clock.nowMs();
    try {
      const reply = await this.#bus.request(lookUpAnswer, body, this.#withHalfItsTime(envelope));
      this.#breaker.succeeded();
      this.#lookups.inc({ outcome: reply.outcome });
      return reply;
    } catch (thrown) {
      this.#breaker.failed(Fault.from(thrown), this.#clock.nowMs() - askedAtMs);
      this.#lookups.inc({ outcome: 'failed' });
      return undefined;
    }
  }

  /** Waits for the answer to the same request, which is under way; undefined where it does not come. */
  async waitFor({ body, envelope }: CompletionRequest, waitMs: number): Promise<LookUpReply | undefined> {
    const waiting = this.#withHalfItsTime(envelope, waitMs + waitGraceMs);
    return this.#bus.request(awaitAnswer, body, waiting).catch(() => undefined);
  }

  /** Lets those who wait for the ticket's answer know that there will be none. */
  release(ticket: StoreTicket | undefined, envelope: Envelope): void {
    if (!ticket?.isLeader) return;
    const late = this.#laterThan(envelope, storeAnswer.timeoutMs);
    this.#bus.request(storeAnswer, { ticket }, late).catch(() => undefined);
  }

  /** Fetches a new answer in the place of one that is stale, which its caller has already. */
  revalidate(ticket: StoreTicket, { envelope, fetch }: CompletionRequest): void {
    if (this.#revalidations >= maxRevalidations) {
      this.release(ticket, envelope);
      return;
    }
    this.#revalidations++;
    const collector = new AnswerCollector();
    const over = (json?: Uint8Array) => {
      this.#revalidations--;
      this.settle(ticket, json, envelope);
    };
    const later = withoutCache(this.#laterThan(envelope, revalidationMs));
    try {
      fetch(later, {
        onHead: (head) => {
          collector.onHead(head);
        },
        onChunk: (chunk) => {
          collector.onChunk(chunk);
        },
        onEnd: (trailer, body) => {
          over(collector.finish(ticket, trailer, body));
        },
        onFault: () => {
          over();
        },
      });
    } catch {
      over();
    }
  }

  /** At an answer's true end: the JSON that a collector has made of it is kept. Nobody waits for that. */
  settle(ticket: StoreTicket, json: Uint8Array | undefined, envelope: Envelope): void {
    if (json) this.#store(json, envelope);
    else this.release(ticket, envelope);
  }

  #store(json: Uint8Array, envelope: Envelope): void {
    this.#bus.request(storeAnswer, json, this.#laterThan(envelope, storeAnswer.timeoutMs)).then(
      ({ isStored }) => {
        this.#stores.inc({ outcome: isStored ? 'stored' : 'refused' });
      },
      () => {
        this.#stores.inc({ outcome: 'failed' });
      },
    );
  }

  /** The envelope for what is asked before a router: with the other half of its time the request may still get an answer of its own. */
  #withHalfItsTime(envelope: Envelope, mostMs = Infinity): Envelope {
    const nowMs = this.#clock.nowMs();
    const halfMs = Math.floor((envelope.deadlineAtMs - nowMs) / 2);
    return { ...envelope, deadlineAtMs: nowMs + Math.min(mostMs, halfMs) };
  }

  /** The envelope for what may be done when the request is over. */
  #laterThan(envelope: Envelope, timeMs: number): Envelope {
    return { ...envelope, deadlineAtMs: this.#clock.nowMs() + timeMs };
  }
}
