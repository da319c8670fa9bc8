import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

/** The key under which the secrets of keys are digested. */
export class VerificationKey {
  readonly id: string;
  readonly #key: KeyObject;

  constructor(id: string, bytes: Uint8Array) {
    this.id = id;
    this.#key = createSecretKey(bytes);
  }

  /** What is kept of a key: HMAC-SHA-256 of all of its text, in base64url. */
  digestOf(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

/** Of HMAC-SHA-256, in base64url. */
const digestLength = 43;

// Filled anew for each comparison, which is never interrupted: a request takes no memory by it.
const [left, right] = [Buffer.alloc(digestLength), Buffer.alloc(digestLength)];

/** Whether two digests are the same. The time that it takes tells nothing of where they differ. */
export function digestsEqual(one: string, other: string): boolean {
  if (one.length !== digestLength || other.length !== digestLength) return false;
  left.write(one, 'latin1');
  right.write(other, 'latin1');
  return timingSafeEqual(left, right);
}
