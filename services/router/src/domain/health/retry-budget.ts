import { LRUCache } from 'lru-cache';

interface Account {
  /** What first attempts have paid in, and is not forgotten yet. */
  earned: number;
  /** What everybody has, however little it is asked. */
  spare: number;
  atMs: number;
}

/** Retries for each first attempt. */
const earnedPerAttempt = 0.2;

/** Within which time what was earned loses all but a third of its worth: an outage is not retried on a good day's savings. */
const forgottenInMs = 10_000;

const spare = { perSecond: 3, max: 10 };

/** Keys are subjects' keys, and a model's name may be any that a caller has thought of. */
const maxKeys = 10_000;

/**
 * Keeps retries from multiplying an outage: about a fifth of a target's first attempts of the last ten seconds may be made
 * again, and three a second, so that a quiet target's failure is retried too. `nowMs` is a monotonic clock.
 */
export class RetryBudget {
  readonly #accounts = new LRUCache<string, Account>({ max: maxKeys });
  readonly #nowMs: () => number;

  constructor({ nowMs }: { nowMs: () => number }) {
    this.#nowMs = nowMs;
  }

  /** A first attempt is made. */
  deposit(key: string): void {
    this.#account(key).earned += earnedPerAttempt;
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
    const nowMs = this.#nowMs();
    const account = this.#accounts.get(key);
    if (!account) {
      const opened = { earned: 0, spare: spare.max, atMs: nowMs };
      this.#accounts.set(key, opened);
      return opened;
    }
    const elapsedMs = nowMs - account.atMs;
    account.earned *= Math.exp(-elapsedMs / forgottenInMs);
    account.spare = Math.min(spare.max, account.spare + (spare.perSecond * elapsedMs) / 1_000);
    account.atMs = nowMs;
    return account;
  }
}
