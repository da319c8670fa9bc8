import type { Clock } from '@weir/service-kit/clock';
import type { Metrics } from '@weir/service-kit/metrics';
import type { CounterState } from './limit-state.ts';

const minuteMs = 60_000;

interface BudgetUseParts {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'gaugeBy'>;
}

/**
 * How far limits are used up: by kind of scope and unit the highest share among the limits that attempts fell under in the last minute
 * or two. It is what reservations have read anyway, and has as many values as there are kinds and units.
 */
export class BudgetUse {
  readonly #clock: Clock;
  #minute = 0;
  #current = new Map<string, number>();
  #previous = new Map<string, number>();

  constructor({ clock, metrics }: BudgetUseParts) {
    this.#clock = clock;
    metrics.gaugeBy(
      {
        name: 'llm_budget_used_ratio',
        help: 'What share of a limit is used, the highest among the limits that attempts fell under lately; 1 is all of it',
        labels: ['scope', 'unit'],
      },
      () => {
        this.#turn();
        return [...new Set([...this.#previous.keys(), ...this.#current.keys()])].map((key) => {
          const [scope = '', unit = ''] = key.split(' ');
          return [{ scope, unit }, Math.max(this.#previous.get(key) ?? 0, this.#current.get(key) ?? 0)];
        });
      },
    );
  }

  observe(states: readonly CounterState[]): void {
    this.#turn();
    for (const { counter, reading } of states) {
      const { scope, unit } = counter.counter;
      const key = `${scope.kind} ${unit}`;
      const used = unit === 'parallel_requests' ? reading.held : reading.used;
      for (const { amount } of counter.limits) {
        const ratio = amount > 0 ? used / amount : Number(used > 0);
        if (ratio >= (this.#current.get(key) ?? 0)) this.#current.set(key, ratio);
      }
    }
  }

  #turn(): void {
    const minute = Math.floor(this.#clock.nowMs() / minuteMs);
    if (minute === this.#minute) return;
    this.#previous = minute === this.#minute + 1 ? this.#current : new Map<string, number>();
    this.#current = new Map();
    this.#minute = minute;
  }
}
