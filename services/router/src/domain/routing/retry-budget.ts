import { LRUCache } from 'lru-cache';
import { retryBudgetRules } from './retry-policy.ts';

interface Account {
  /** Credited by first attempts; it decays. */
  earned: number;
  /** What every target has, however few requests it gets. */
  spare: number;
  atMs: number;
}

/** Keys are the ids of health keys, and callers may make up model names. */
const maxKeys = 10_000;

/**
 * Keeps retries from multiplying an outage: each target may be retried for about a fifth of its first attempts of the last
 * ten seconds, and three times a second beside that. `nowMs` is a monotonic clock.
 */
export class RetryBudget {
  readonly #accounts = new LRUCache<string, Account>({ max: maxKeys });
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  /** A first attempt is made. */
  deposit(key: string): void {
    this.#account(key).earned += retryBudgetRules.perFirstAttempt;
  }

  /** Whether a retry may be made; if so, it is paid for. */
  withdraw(key: string): boolean {
    const account = this.#account(key);
    if (account.earned + account.spare < 1) return false;
    const fromEarned = Math.min(1, account.earned);
    account.earned -= fromEarned;
    account.spare -= 1 - fromEarned;
    return true;
  }

  #account(key: string): Account {
    const { decayMs, sparePerSecond, maxSpare } = retryBudgetRules;
    const nowMs = this.#nowMs();
    const account = this.#accounts.get(key);
    if (!account) {
      const opened = { earned: 0, spare: maxSpare, atMs: nowMs };
      this.#accounts.set(key, opened);
      return opened;
    }
    const elapsedMs = nowMs - account.atMs;
    account.earned *= Math.exp(-elapsedMs / decayMs);
    account.spare = Math.min(maxSpare, account.spare + (sparePerSecond * elapsedMs) / 1_000);
    account.atMs = nowMs;
    return account;
  }
}
