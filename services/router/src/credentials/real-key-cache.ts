import { waitUnlessAborted, type Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { KnownCredential, StoredCredential } from '../domain/provider.ts';
import type { RealKey, RequestRealKey } from './request-real-key.ts';
import type { StoredCredentials } from './stored-credentials.ts';

interface CacheParts {
  readonly request: RequestRealKey;
  readonly credentials: Pick<StoredCredentials, 'get' | 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Entry extends RealKey {
  readonly fetchedAtMs: number;
}

/** How long a key is used without being asked for again, and from when on that is done while it is in use. */
const freshForMs = 60_000;
const refreshAfterMs = 45_000;
/** How long a key is used, and kept in memory, where it cannot be asked for. */
const longestMs = 600_000;
/** How long after a failure a key is not asked for again. */
const retryAfterMs = 1_000;
/** How often a key is asked for of which an older version is given, and how long is waited between. */
const maxTries = 10;
const staleRetryMs = 50;
const sweepEveryMs = 60_000;

/**
 * The real keys of stored credentials that requests use: asked for once however many wait for it, and kept in memory for a
 * short time. One that was replaced, disabled or deleted is not used from the moment on at which the bucket says so.
 */
export class RealKeyCache {
  readonly #parts: CacheParts;
  readonly #entries = new Map<string, Entry>();
  /** By id and version: whoever waits for a key never gets one that was replaced in the meantime. */
  readonly #pending = new Map<string, Promise<KnownCredential>>();
  /** When keys could not be had, by the credential's id. */
  readonly #failures = new Map<string, { readonly fault: Fault; readonly atMs: number }>();
  readonly #stopping = new AbortController();
  readonly #stopSweeping: () => void;

  constructor(parts: CacheParts) {
    this.#parts = parts;
    parts.credentials.onChange((id) => {
      this.#failures.delete(id);
      if (!this.#isCurrent(id, this.#entries.get(id)?.version ?? 0)) this.#entries.delete(id);
    });
    this.#stopSweeping = parts.clock.every(sweepEveryMs, () => {
      this.#sweep();
    });
  }

  /** Rejects with `no_target_available` where the key cannot be had: another credential, or another target, may do. */
  async open({ id }: StoredCredential): Promise<KnownCredential> {
    const current = this.#parts.credentials.get(id);
    if (!current) throw unavailable(new Error('The credential was disabled or deleted.'));
    if (current.fault) throw unavailable(current.fault, current.fault.message);
    const entry = this.#entries.get(id);
    const ageMs = entry ? this.#ageMs(entry.fetchedAtMs) : Infinity;
    if (!entry || ageMs >= longestMs) return this.#fetch(current);
    if (ageMs < refreshAfterMs) return entry.credential;
    const refreshed = this.#fetch(current).catch((fault: unknown) => {
      // Whoever says that there is no such key has dropped it.
      if (this.#entries.get(id) !== entry) throw fault;
      return entry.credential;
    });
    if (ageMs >= freshForMs) return refreshed;
    refreshed.catch(() => undefined);
    return entry.credential;
  }

  stop(): void {
    this.#stopSweeping();
    this.#stopping.abort();
    this.#entries.clear();
  }

  #fetch(credential: StoredCredential): Promise<KnownCredential> {
    const { id, version } = credential;
    const failure = this.#failures.get(id);
    if (failure && this.#ageMs(failure.atMs) < retryAfterMs) return Promise.reject(failure.fault);
    const pendingKey = `${id} ${version}`;
    const pending = this.#pending.get(pendingKey);
    if (pending) return pending;
    const fetched = this.#load(credential).finally(() => this.#pending.delete(pendingKey));
    this.#pending.set(pendingKey, fetched);
    return fetched;
  }

  async #load(credential: StoredCredential): Promise<KnownCredential> {
    const { credentials, clock, logger } = this.#parts;
    const { id } = credential;
    try {
      const key = await this.#requestCurrent(credential);
      this.#entries.set(id, { ...key, fetchedAtMs: clock.nowMs() });
      this.#failures.delete(id);
      return key.credential;
    } catch (thrown) {
      const fault = unavailable(thrown);
      if (thrown instanceof Fault && thrown.code === 'not_found') this.#entries.delete(id);
      if (credentials.get(id)) this.#failures.set(id, { fault, atMs: clock.nowMs() });
      logger.warn({ err: thrown, credential: id }, "a stored credential's key could not be had");
      throw fault;
    }
  }

  /** Throws where the key was replaced, disabled or deleted, and the keys service does not give the newest. */
  async #requestCurrent(credential: StoredCredential): Promise<RealKey> {
    for (let tries = 1; ; tries++) {
      const key = await this.#parts.request(credential);
      if (this.#isCurrent(credential.id, key.version)) return key;
      const isThere = this.#parts.credentials.get(credential.id) !== undefined;
      if (!isThere || tries === maxTries || this.#stopping.signal.aborted) {
        throw new Error('The key was replaced, or its credential was disabled or deleted.');
      }
      // Whoever answered has a copy of the bucket that is a moment behind ours.
      await waitUnlessAborted(staleRetryMs, this.#stopping.signal, this.#parts.clock);
    }
  }

  /** Whether a key of this version may be used: the copy of the bucket may be behind, and the key newer. */
  #isCurrent(id: string, version: number): boolean {
    const current = this.#parts.credentials.get(id);
    return current !== undefined && !current.fault && version >= current.version;
  }

  #ageMs(atMs: number): number {
    return this.#parts.clock.nowMs() - atMs;
  }

  #sweep(): void {
    for (const [id, { fetchedAtMs }] of this.#entries) {
      if (this.#ageMs(fetchedAtMs) >= longestMs) this.#entries.delete(id);
    }
    for (const [id, { atMs }] of this.#failures) {
      if (this.#ageMs(atMs) >= retryAfterMs) this.#failures.delete(id);
    }
  }
}

const notRead = "The gateway cannot read the key of this provider's credential at the moment.";

function unavailable(cause: unknown, message = notRead): Fault {
  return new Fault('no_target_available', { message, cause });
}
