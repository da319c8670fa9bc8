import { LRUCache } from 'lru-cache';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { RequestHead } from '../admission.ts';
import type { AttemptThrottle } from './attempt-throttle.ts';
import type { KeyLookups } from './key-lookups.ts';
import type { VerificationKeyClient } from './verification-key-client.ts';
import { digestsEqual } from './verification-key.ts';

/** What is known of a key, as far as it takes to verify it. */
export interface KnownKey {
  readonly secrets: readonly { readonly digest: string; readonly validUntilMs?: number | undefined }[];
  readonly verificationKeyId: string;
  /** None of its secrets is accepted. */
  readonly isSuspended: boolean;
}

/** What the local copies say. */
export interface KeyCopy<Known extends KnownKey> {
  /** The same object for as long as nothing has changed. */
  get(id: string): Known | undefined;
  /** Whether it can be believed. */
  readonly isUsable: boolean;
}

/** A key as it was sent: its text, and the id in it. */
export interface SentKey {
  readonly text: string;
  readonly id: string;
}

interface VerifierParts<Known extends KnownKey> {
  readonly copy: KeyCopy<Known>;
  readonly lookups: KeyLookups<Known>;
  readonly verificationKeys: Pick<VerificationKeyClient, 'newest' | 'require'>;
  readonly throttle: Pick<AttemptThrottle, 'isOverLimit' | 'takeLookup'>;
  readonly clock: Clock;
}

/** For how long it is remembered that a lookup knew no more than the copy. */
const unknownMs = 1_000;
const maxUnknown = 10_000;

/** When to come back whose key nobody was asked for: there are look-ups again. */
const refusedForMs = 1_000;

/** How often an answer is asked for again since the copy has changed in the meantime. */
const maxRounds = 3;

/**
 * Verifies keys by a local copy, which takes no hop. Where the copy does not know a key, not with this secret, or cannot be
 * believed, its owner is asked. What the owner says is used once: only the copy remembers keys, so that nothing here can
 * outlive a change.
 */
export class KeyVerifier<Known extends KnownKey> {
  readonly #parts: VerifierParts<Known>;
  /** By id: what the copy said when a lookup knew no more. */
  readonly #unknown: LRUCache<string, { copied: Known | undefined }>;

  constructor(parts: VerifierParts<Known>) {
    this.#parts = parts;
    const perf = { now: () => parts.clock.nowMs() };
    this.#unknown = new LRUCache({ max: maxUnknown, ttl: unknownMs, ttlResolution: 0, perf });
  }

  /** The key, or undefined where it is not valid. Rejects where nobody can say. */
  verify(sent: SentKey, head: RequestHead): Known | Promise<Known | undefined> {
    const { copy } = this.#parts;
    const copied = copy.get(sent.id);
    const isRight = this.#fits(sent.text, copied);
    if (copied && isRight && copy.isUsable) return copied;
    return this.#lookUp(sent, head);
  }

  /** The same, with time to ask others. */
  async #lookUp(sent: SentKey, head: RequestHead): Promise<Known | undefined> {
    const { copy, verificationKeys } = this.#parts;
    const digestedUnder = copy.get(sent.id)?.verificationKeyId;
    if (digestedUnder !== undefined) await verificationKeys.require(digestedUnder);
    const copied = copy.get(sent.id);
    const isRight = this.#fits(sent.text, copied);
    if (copied && isRight && copy.isUsable) return copied;
    if (!isRight && this.#isKnownToBeWrong(sent, copied, head)) return undefined;
    return this.#ask(sent, head);
  }

  /** Without anybody being asked. Throws where it is not, but its sender may not have anybody asked for now. */
  #isKnownToBeWrong({ id }: SentKey, copied: Known | undefined, head: RequestHead): boolean {
    const { copy, throttle } = this.#parts;
    const unknown = this.#unknown.get(id);
    if (unknown && unknown.copied === copied) return true;
    if (!throttle.isOverLimit(head)) return false;
    if (copied && copy.isUsable) return true;
    if (throttle.takeLookup(head)) return false;
    throw new Fault('too_many_failed_attempts', { retryAfterMs: refusedForMs });
  }

  async #ask(sent: SentKey, head: RequestHead): Promise<Known | undefined> {
    const { copy, lookups, verificationKeys } = this.#parts;
    for (let round = 0; round < maxRounds; round++) {
      const copied = copy.get(sent.id);
      const found = await lookups.find(sent.id, head);
      if (found) await verificationKeys.require(found.verificationKeyId);
      const copiedNow = copy.get(sent.id);
      if (copiedNow === copied) {
        if (found && this.#fits(sent.text, found)) return found;
        if (!found || (copied && isSameSecrets(found, copied))) this.#unknown.set(sent.id, { copied });
        return undefined;
      }
      // The answer may be older than what the copy says by now.
      if (copiedNow && this.#fits(sent.text, copiedNow) && copy.isUsable) return copiedNow;
    }
    throw new Fault('service_unavailable');
  }

  /** Does the same work for keys that are not known, and looks at every secret of those that are. */
  #fits(text: string, known: KnownKey | undefined): boolean {
    const { clock, verificationKeys } = this.#parts;
    const verificationKey = verificationKeys.newest;
    if (!verificationKey) return false;
    const digest = verificationKey.digestOf(text);
    if (!known) {
      digestsEqual(digest, nobodysDigest);
      return false;
    }
    let isRight = false;
    for (const secret of known.secrets) {
      const isLive = secret.validUntilMs === undefined || secret.validUntilMs > clock.nowMs();
      if (digestsEqual(digest, secret.digest) && isLive) isRight = true;
    }
    return isRight && !known.isSuspended && known.verificationKeyId === verificationKey.id;
  }
}

const nobodysDigest = 'A'.repeat(43);

function isSameSecrets(one: KnownKey, other: KnownKey): boolean {
  const digests = (key: KnownKey) => key.secrets.map(({ digest }) => digest).join();
  return digests(one) === digests(other);
}
