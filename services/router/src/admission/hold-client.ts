import {
  reserve,
  topUpHold,
  type Admission,
  type Hold,
  type LimitState,
  type Settlement,
} from '@weir/contracts/cost/admission';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Bus } from '@weir/service-kit/bus/bus';
import { waitUnlessAborted, type Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { isRefusal } from '../domain/refusal.ts';
import type { AdmissionMetrics } from './admission-metrics.ts';
import { toRefusal } from './to-refusal.ts';

interface HoldClientParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
}

export interface AskOptions {
  readonly envelope: Envelope;
  readonly signal: AbortSignal;
  /** How long to wait for what others hold. */
  readonly waitMs: number;
}

/** Within what time a replica of the cost service has to answer before any is asked again; the last has the endpoint's time-out. */
const patienceMs = [500, 500];

const backoff = { firstMs: 50, longestMs: 500, jitter: 0.5 };

/** The more wait, the less often each asks: a crowd before a budget that is spent must not take the cost service from others. */
const pauseOfEachWaitingMs = 4;

/** Who has waited almost as long as it may asks four times as often as who has just come, so that it does not wait in vain. */
const shortestShare = 0.25;

/** Asks the cost service for holds, and again while what is left of a budget is only held by others. */
export class HoldClient {
  readonly #parts: HoldClientParts;
  #waiting = 0;

  constructor(parts: HoldClientParts) {
    this.#parts = parts;
  }

  /**
   * `createHold` is called for each try, since time passes. Rejects with a refusal as callers read it, or with the Fault of
   * whatever kept the cost service from an answer.
   */
  async reserve(
    createHold: () => Hold,
    settles: Settlement | undefined,
    options: AskOptions,
  ): Promise<{ hold: Hold; limits: readonly LimitState[] }> {
    const unanswered: Fault[] = [];
    try {
      return await this.#untilFree(options, isHeldByOthers, async () => {
        const hold = createHold();
        const request = { hold, ...(settles && { settles }) };
        const { limits } = await this.#ask(hold, () =>
          this.#requestReserve(request, options.envelope, (fault) => unanswered.push(fault)),
        );
        return { hold, limits };
      });
    } catch (thrown) {
      const fault = Fault.from(thrown);
      // The replica that did not answer may hold something when it goes on: nobody may take it that nothing is held.
      throw unanswered.length > 0 && isRefusal(fault)
        ? new Fault('service_unavailable', { cause: fault })
        : fault;
    }
  }

  /** Where a replica hangs, it is asked again, of any: the same hold put twice is held once. */
  async #requestReserve(
    request: RequestOf<typeof reserve>,
    envelope: Envelope,
    onUnanswered: (fault: Fault) => void,
  ): Promise<Admission> {
    const { bus, clock } = this.#parts;
    for (const limitMs of patienceMs) {
      const deadlineAtMs = Math.min(envelope.deadlineAtMs, clock.nowMs() + limitMs);
      try {
        return await bus.request(reserve, request, { ...envelope, deadlineAtMs });
      } catch (thrown) {
        const fault = Fault.from(thrown);
        const isOver = deadlineAtMs === envelope.deadlineAtMs;
        if (isOver || fault.code !== 'deadline_exceeded') throw fault;
        onUnanswered(fault);
      }
    }
    return bus.request(reserve, request, envelope);
  }

  /** The same for a hold that is to become this. Waits for the cost service too, if it is away: the stream has begun. */
  async topUp(hold: Hold, options: AskOptions): Promise<void> {
    const mayPass = (fault: Fault) => isHeldByOthers(fault) || fault.owner === 'gateway';
    await this.#untilFree(options, mayPass, () =>
      this.#ask(hold, () => this.#parts.bus.request(topUpHold, { hold }, options.envelope)),
    );
  }

  async #ask<Reply>(hold: Hold, request: () => Promise<Reply>): Promise<Reply> {
    const { clock, metrics } = this.#parts;
    const askedAtMs = performance.now();
    try {
      return await request();
    } catch (thrown) {
      const fault = Fault.from(thrown);
      throw isRefusal(fault) ? toRefusal(fault, { hold, nowMs: clock.nowMs() }) : fault;
    } finally {
      metrics.asked(performance.now() - askedAtMs);
    }
  }

  async #untilFree<Reply>(
    { envelope, signal, waitMs }: AskOptions,
    mayPass: (fault: Fault) => boolean,
    ask: () => Promise<Reply>,
  ): Promise<Reply> {
    const { clock, metrics } = this.#parts;
    const beganAtMs = clock.nowMs();
    const untilMs = Math.min(beganAtMs + waitMs, envelope.deadlineAtMs);
    for (let failures = 0; ; failures++) {
      try {
        const reply = await ask();
        if (failures > 0) metrics.waited(clock.nowMs() - beganAtMs);
        return reply;
      } catch (thrown) {
        const fault = Fault.from(thrown);
        const leftMs = untilMs - clock.nowMs();
        if (!mayPass(fault) || leftMs < backoff.firstMs) {
          if (failures > 0) metrics.waited(clock.nowMs() - beganAtMs);
          throw fault;
        }
        const share = Math.max(shortestShare, leftMs / waitMs);
        await this.#pause({ failures, share, maxMs: leftMs }, signal);
      }
    }
  }

  async #pause(
    { failures, share, maxMs }: { failures: number; share: number; maxMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    this.#waiting++;
    const longMs = Math.max(backoffMs(failures, backoff), this.#waiting * pauseOfEachWaitingMs);
    const pauseMs = Math.max(backoff.firstMs, longMs * Math.min(1, share));
    await waitUnlessAborted(Math.ceil(Math.min(pauseMs, maxMs)), signal, this.#parts.clock);
    this.#waiting--;
    if (signal.aborted) throw Fault.from(signal.reason);
  }
}

function isHeldByOthers({ code }: Fault): boolean {
  return code === 'budget_reserved';
}
