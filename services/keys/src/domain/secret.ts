import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { adminKeyForm, virtualKeyForm } from '@weir/contracts/keys/verification';

/** A key that was just made, or that an operator has brought. */
export interface Secret {
  /** Public; a part of the key. */
  readonly id: string;
  /** The whole key: it goes to whoever asked for it, and is kept nowhere. */
  readonly key: string;
}

const prefixes = { virtual: 'sk-weir', admin: 'weir-admin' };
const forms = { virtual: virtualKeyForm, admin: adminKeyForm };

export type SecretKind = keyof typeof prefixes;

/** A new key with 256 bits of randomness, of this id where it has one already. */
export function newSecret(kind: SecretKind, id: string = newKeyId()): Secret {
  return { id, key: `${prefixOf(kind, id)}-${randomBytes(32).toString('base64url')}` };
}

/** Undefined where the text does not have the form of such a key. */
export function secretOf(kind: SecretKind, key: string): Secret | undefined {
  const id = forms[kind].exec(key)?.[1];
  return id === undefined ? undefined : { id, key };
}

/** How every key of this id begins. */
export function prefixOf(kind: SecretKind, id: string): string {
  return `${prefixes[kind]}-${id}`;
}

/** What is kept of a key: HMAC-SHA-256 in base64url. With 256 random bits, no slow hash is needed. */
export function digestOf(key: string, verificationKey: Buffer): string {
  return createHmac('sha256', verificationKey).update(key).digest('base64url');
}

/** By which people tell keys apart. */
export function lastFourOf(key: string): string {
  return key.slice(-4);
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

function newKeyId(): string {
  return Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
