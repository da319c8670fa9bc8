import type { Action, Direction } from '@weir/contracts/guardrails/policy';
import type { ScreeningEntry, ScreeningSummary } from '@weir/contracts/guardrails/summary';

const maxEntries = 256;
const maxFailed = 64;

interface Found {
  readonly direction: Direction;
  readonly check: string;
  readonly action: Action;
  readonly rule: string;
}

/** Gathers what is found in a request and its answer, for the summary that its caller gets. */
export class SummaryBuilder {
  readonly #policies: readonly string[];
  readonly #entries = new Map<string, ScreeningEntry>();
  readonly #failed = new Set<string>();

  constructor(policies: readonly string[]) {
    this.#policies = [...new Set(policies)];
  }

  add(found: Found): void {
    const key = JSON.stringify([found.direction, found.check, found.action, found.rule]);
    const count = (this.#entries.get(key)?.count ?? 0) + 1;
    if (count > 1 || this.#entries.size < maxEntries) this.#entries.set(key, { ...found, count });
  }

  addFailed(check: string): void {
    if (this.#failed.size < maxFailed) this.#failed.add(check);
  }

  build(): ScreeningSummary {
    return {
      policies: [...this.#policies],
      entries: [...this.#entries.values()],
      ...(this.#failed.size > 0 && { failed: [...this.#failed] }),
    };
  }
}
