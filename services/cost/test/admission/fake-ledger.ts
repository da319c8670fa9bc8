import type { Hold } from '@weir/contracts/cost/admission';
import type { Scope } from '@weir/contracts/cost/limits';
import {
  attemptMade,
  type AttemptMade,
  usageAdjusted,
  type UsageAdjusted,
} from '@weir/contracts/usage-events';
import { Fault } from '@weir/service-kit/fault';
import { matchesPattern } from '@weir/service-kit/name-pattern';
import { attemptIdOf } from '../../src/admission/stored-holds.ts';
import type { AttemptId, EnteredAttempts } from '../../src/domain/entered-attempts.ts';
import type { Spent, SpentQuery, SpentSource } from '../../src/domain/spent-source.ts';

export interface StreamEvent {
  readonly name: string;
  readonly id: string;
  readonly sequence: number;
  /** Unix time in milliseconds. */
  readonly timeMs?: number;
  readonly data: unknown;
}

interface Entry {
  readonly sequence: number;
  readonly data: AttemptMade | UsageAdjusted;
  readonly nanoUsd: number;
  readonly tokens: number;
  readonly requests: number;
}

/** The stream of usage events, and a ledger that has entered each of them as soon as it is there. */
export class FakeLedger implements SpentSource, EnteredAttempts {
  /** For a test to set. */
  isAway = false;
  /** For a test to set: called while a sum is read, once it is known up to where. */
  onRead: () => Promise<void> = async () => undefined;
  streamCreatedAt = '2026-01-01T00:00:00Z';
  reads = 0;
  readonly events: StreamEvent[] = [];
  readonly #settled = new Set<StreamEvent>();
  #delivered = 0;

  /** Of the consumer that counts the events of this name: its floor is below what it has acknowledged last. */
  positionOf({ name }: { readonly name: string }) {
    const { streamCreatedAt, events } = this;
    const own = events.filter((event) => event.name === name);
    const firstPending = own.findIndex((event) => !this.#settled.has(event));
    const acknowledged = firstPending < 0 ? own : own.slice(0, firstPending);
    const pending = own.filter((event) => !this.#settled.has(event)).length;
    const ackFloor = acknowledged.at(-1)?.sequence ?? 0;
    return { streamCreatedAt, lastSequence: events.length, ackFloor, pending };
  }

  /** The consumer that counts usage has acknowledged them. */
  acknowledge(events: readonly StreamEvent[]): void {
    for (const event of events) this.#settled.add(event);
  }

  append(name: string, data: unknown, id: string): StreamEvent {
    const event = { name, data, id, sequence: this.events.length + 1 };
    this.events.push(event);
    return event;
  }

  appendAttempt(hold: Hold, nanoUsd: number, tokens: number): StreamEvent {
    const { attribution, model, provider, startedAtMs } = hold;
    const { organisation: tenant, ...account } = attribution;
    const { requestId, attempt } = attemptIdOf(hold);
    const none = { cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, audioInputTokens: 0 };
    const data: AttemptMade = {
      ...{ requestId, attempt, tenant, ...account, startedAtMs, provider, model, modelAsked: model },
      ...{ latencyMs: 1, purpose: 'first', outcome: 'ok', maybeBilled: true, streamed: false },
      usage: {
        ...{ uncachedInputTokens: tokens, ...none, imageInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
        ...{ audioOutputTokens: 0, webSearchRequests: 0, modelServed: model, source: 'provider' },
      },
      cost: { nanoUsd, priceId: 'test' },
    };
    return this.append(attemptMade.name, attemptMade.data.parse(data), hold.id);
  }

  /** Each once, in their order. */
  takeUndelivered(): StreamEvent[] {
    const events = this.events.slice(this.#delivered);
    this.#delivered = this.events.length;
    return events;
  }

  async read({ scope, model, unit, fromMs, toMs, bucketMs }: SpentQuery): Promise<Spent> {
    this.reads += 1;
    if (this.isAway) throw new Fault('service_unavailable');
    const throughSequence = this.events.length;
    const used = new Map<number, number>();
    for (const { data, nanoUsd, tokens, requests } of this.entries()) {
      const isOf = matchesLower(model, data.model) || matchesLower(model, `${data.provider}/${data.model}`);
      if (!isOf || !isIn(scope, data) || data.startedAtMs < fromMs || data.startedAtMs >= toMs) continue;
      const index = bucketMs === undefined ? 0 : Math.floor(data.startedAtMs / bucketMs);
      used.set(index, (used.get(index) ?? 0) + { usd: nanoUsd, tokens, requests }[unit]);
    }
    await this.onRead();
    return { throughSequence, streamCreatedAt: this.streamCreatedAt, used };
  }

  async sequencesOf(attempts: readonly AttemptId[]): Promise<(number | undefined)[]> {
    if (this.isAway) throw new Fault('service_unavailable');
    const accounted = this.entries().filter(({ data }) => !('kind' in data) || data.kind === 'expired');
    return attempts.map(
      ({ requestId, attempt }) =>
        accounted.find(({ data }) => data.requestId === requestId && data.attempt === attempt)?.sequence,
    );
  }

  /** Each event id once, as the ledger's rows. */
  entries(): Entry[] {
    const entries = new Map<string, Entry>();
    for (const { name, id, sequence, data } of this.events) {
      if (entries.has(id)) continue;
      if (name === attemptMade.name) {
        const made = attemptMade.data.parse(data);
        const requests = made.attempt === 1 ? 1 : 0;
        const tokens = made.usage.uncachedInputTokens;
        entries.set(id, { sequence, data: made, nanoUsd: made.cost?.nanoUsd ?? 0, tokens, requests });
      }
      if (name === usageAdjusted.name) {
        const { nanoUsd = 0, tokens, ...adjusted } = usageAdjusted.data.parse(data);
        const sign = adjusted.kind === 'expired' ? 1 : -1;
        const requests = adjusted.attempt === 1 ? sign : 0;
        entries.set(id, { sequence, data: { ...adjusted, nanoUsd, tokens }, nanoUsd, tokens, requests });
      }
    }
    return [...entries.values()];
  }

  /** All that was spent since, in nano-USD. */
  spentSince(fromMs: number): number {
    return this.entries()
      .filter(({ data }) => data.startedAtMs >= fromMs)
      .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
  }
}

const matchesLower = (pattern: string, name: string) =>
  matchesPattern(pattern.toLowerCase(), name.toLowerCase());

function isIn({ kind, id, organisation }: Scope, data: AttemptMade | UsageAdjusted): boolean {
  if (organisation !== undefined && organisation !== data.tenant) return false;
  switch (kind) {
    case 'installation':
      return true;
    case 'organisation':
      return data.tenant === id;
    case 'team':
      return data.teamId === id;
    case 'user':
      return data.userId === id;
    case 'key':
      return data.keyId === id;
    case 'tag':
      return data.tags?.includes(id) ?? false;
    case 'end_user':
      return data.endUser === id;
  }
}
