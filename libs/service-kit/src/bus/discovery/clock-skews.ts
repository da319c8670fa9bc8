import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../metrics.ts';
import type { Problems } from '../../problems.ts';

interface ClockSkewsParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly metrics: Pick<Metrics, 'gaugeBy'>;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
}

/** An answer that tells its instance's time of day. All are Unix times in milliseconds. */
export interface TimedAnswer {
  readonly service: string;
  readonly id: string;
  readonly timeMs: number;
  /** When it was asked for and when it came, by this process's clock. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

interface Measured {
  readonly service: string;
  readonly id: string;
  /** How far its clock is ahead of this process's. It is true to `errorMs`. */
  readonly skewMs: number;
  readonly errorMs: number;
  readonly atMs: number;
}

/** From here on operators are told. Nothing fails below a minute, and what is read by people is wrong by as much. */
const alarmMs = 500;

/** An answer that came more quickly tells more exactly; after so long the next one counts whatever it took. */
const bestForMs = 10_000;

/** An instance that was not heard of for so long has gone. */
const forgetAfterMs = 60_000;

const maxInstances = 1_000;

/**
 * How far the clocks of other instances are from this process's, as the round trip of their answers tells: a clock was read
 * between the moment of the question and that of the answer, so half of that time is all that it can be wrong by.
 */
export class ClockSkews {
  readonly #parts: ClockSkewsParts;
  readonly #measured = new Map<string, Measured>();
  #told: Measured | undefined;

  constructor(parts: ClockSkewsParts) {
    this.#parts = parts;
    parts.metrics.gaugeBy(
      {
        name: 'clock_skew_seconds',
        help: 'How far the clock of the instance that differs most is ahead of this one, by service.',
        labels: ['peer'],
      },
      () =>
        [...this.#worstByService()].map(([service, skewMs]) => [{ peer: service }, skewMs / 1_000] as const),
    );
  }

  /** Returns how far the instance's clock is ahead, in milliseconds, by the best of its answers lately. */
  heard({ service, id, timeMs, sentAtMs, receivedAtMs }: TimedAnswer): number {
    const name = `${service} ${id}`;
    const best = this.#measured.get(name);
    const errorMs = Math.max(0, receivedAtMs - sentAtMs) / 2;
    const isBest = !best || errorMs <= best.errorMs || receivedAtMs - best.atMs > bestForMs;
    if (!isBest) return best.skewMs;
    const skewMs = Math.round(timeMs - (sentAtMs + receivedAtMs) / 2);
    if (best || this.#measured.size < maxInstances) {
      this.#measured.set(name, { service, id, skewMs, errorMs, atMs: receivedAtMs });
    }
    this.#report();
    return skewMs;
  }

  #report(): void {
    this.#forget();
    const skewed = [...this.#measured.values()].filter(isAlarming);
    const worst = skewed.reduce<Measured | undefined>(
      (one, other) => (one && Math.abs(one.skewMs) >= Math.abs(other.skewMs) ? one : other),
      undefined,
    );
    if (!worst) {
      this.#told = undefined;
      this.#parts.problems.clear('clock');
      return;
    }
    // What is measured varies by a little each time, and would be logged each time.
    const isTold = this.#told && this.#told.id === worst.id && isAbout(worst.skewMs, this.#told.skewMs);
    if (!isTold) this.#told = worst;
    this.#parts.problems.report('clock', {
      code: 'clock_skewed',
      message: messageOf(this.#told ?? worst, skewed.length, this.#measured.size),
      blocks: false,
    });
  }

  #forget(): void {
    const longAgoMs = this.#parts.clock.nowMs() - forgetAfterMs;
    for (const [name, { atMs }] of this.#measured) if (atMs < longAgoMs) this.#measured.delete(name);
  }

  #worstByService(): Map<string, number> {
    this.#forget();
    const worst = new Map<string, number>();
    for (const { service, skewMs } of this.#measured.values()) {
      if (Math.abs(skewMs) >= Math.abs(worst.get(service) ?? 0)) worst.set(service, skewMs);
    }
    return worst;
  }
}

/** Whether it differs by more than it may, however the time of its answer was parted. */
const isAlarming = ({ skewMs, errorMs }: Measured) => Math.abs(skewMs) - errorMs > alarmMs;

const isAbout = (skewMs: number, toldMs: number) => Math.abs(skewMs - toldMs) < Math.abs(toldMs) / 4;

function messageOf({ service, id, skewMs }: Measured, skewed: number, all: number): string {
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  const others =
    skewed > 1 ? ` (${skewed} of ${all} instances differ: it may be this one's that is wrong)` : '';
  return `the clock of ${service} ${id} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this one's${others}; check the time synchronisation of both hosts (NTP)`;
}
