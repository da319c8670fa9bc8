import { randomBytes } from 'node:crypto';
import { createCurve } from '@nats-io/nkeys';
// The package's main file makes curve keys only at random or from an encoded seed.
import { CurveKP } from '@nats-io/nkeys/lib/curve.js';
import { Fault } from '../fault.ts';
import type { MasterKeys } from './master-keys.ts';

/** The curve keys (NATS xkeys) of those who share their master keys, or of one process. */
export interface SealingKeys {
  /** Of the newest: `X…`. */
  readonly publicKey: string;
  /** A function, so that whoever prints this sees no key. */
  readonly pairOf: (publicKey: string) => CurveKP | undefined;
}

/** The first part of every token. A routing config's name has no dot. */
const prefix = 'weir-sealed.';

/** Whom it is for, whom it is from, and the box. */
const tokenForm = /^weir-sealed\.1\.(X[A-Z2-7]{55})\.(X[A-Z2-7]{55})\.([\w-]+)$/;

/** All replicas derive the same. What was sealed before a rotation is opened as long as its master key is kept. */
export function sealingKeysOf(masterKeys: MasterKeys): SealingKeys {
  return keysFromSeeds(masterKeys.derive('weir/sealing-key/1'));
}

/** Keys that this process alone has, for as long as it lives: what is sealed to them in a reply nobody else can read. */
export function createSealingKeys(): SealingKeys {
  return keysFromSeeds([randomBytes(32)]);
}

/** The first is the newest. */
function keysFromSeeds(seeds: readonly Uint8Array[]): SealingKeys {
  const pairs = new Map(
    seeds.map((seed) => {
      const pair = new CurveKP(seed);
      return [pair.getPublicKey(), pair];
    }),
  );
  const [publicKey = ''] = pairs.keys();
  return { publicKey, pairOf: (wanted) => pairs.get(wanted) };
}

/**
 * Encrypts a text so that only the holder of the other half of `publicKey` can read it: `weir-sealed.1.…`, ASCII without
 * white space. Each seal has a key of its own, so that even who made it cannot open it afterwards.
 */
export function seal(text: string, publicKey: string): string {
  const sender = createCurve();
  const box = Buffer.from(sender.seal(Buffer.from(text), publicKey));
  const token = `${prefix}1.${publicKey}.${sender.getPublicKey()}.${box.toString('base64url')}`;
  sender.clear();
  return token;
}

/** Whether a text claims to be sealed. */
export function isSealed(text: string): boolean {
  return text.startsWith(prefix);
}

/**
 * The sealed text. Throws `stale_sealing_key` where it was sealed to a key that is not among these, and `invalid_config`
 * where it is no such token, or was changed.
 */
export function openSealed(token: string, keys: SealingKeys): string {
  const [, recipient = '', sender = '', box = ''] = tokenForm.exec(token) ?? malformed();
  const pair = keys.pairOf(recipient);
  if (!pair) throw new Fault('stale_sealing_key');
  return openBox(pair, Buffer.from(box, 'base64url'), sender) ?? malformed();
}

function openBox(pair: CurveKP, box: Buffer, sender: string): string | undefined {
  try {
    const bytes = pair.open(box, sender);
    return bytes ? Buffer.from(bytes).toString('utf8') : undefined;
  } catch {
    return undefined; // Too short, or from nobody's key.
  }
}

function malformed(): never {
  throw new Fault('invalid_config', { message: 'The sealed routing config was damaged on its way.' });
}
