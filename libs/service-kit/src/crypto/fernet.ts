import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Who has both halves can read and make tokens. */
export interface FernetKey {
  /** 16 bytes each. */
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

/** What is otherwise drawn or read from the clock, for those who have to make the same token again. */
export interface FernetParts {
  readonly iv?: Buffer;
  readonly nowMs?: number;
}

/** How old a token may be to be taken. */
export interface FernetAge {
  readonly maxAgeMs: number;
  readonly nowMs: number;
}

const version = 0x80;
const ivBytes = 16;
const headBytes = 1 + 8 + ivBytes;
const blockBytes = 16;
const macBytes = 32;
/** How far ahead of ours the clock of a token's maker may be. */
const clockSkewMs = 60_000;

/** The two halves of 32 bytes. To make a key object once takes most of the time out of what is done with it. */
export function fernetKeyOf(bytes: Buffer): FernetKey {
  return {
    signing: createSecretKey(bytes.subarray(0, 16)),
    encryption: createSecretKey(bytes.subarray(16, 32)),
  };
}

/** Encrypts and signs a text, as https://github.com/fernet/spec has it: `gAAAAA…`. */
export function makeFernet(text: string, key: FernetKey, parts: FernetParts = {}): string {
  const { iv = randomBytes(ivBytes), nowMs = Date.now() } = parts;
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(version);
  head.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1_000)), 1);
  iv.copy(head, headBytes - ivBytes);
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const signed = Buffer.concat([head, cipher.update(text, 'utf8'), cipher.final()]);
  return toBase64Url(Buffer.concat([signed, macOf(signed, key)]));
}

/**
 * The text of a token, or undefined where the token was not made with this key, was changed since, or is older than it
 * may be. Of one that is not authentic, nothing is decrypted.
 */
export function openFernet(token: string, key: FernetKey, age?: FernetAge): string | undefined {
  const bytes = Buffer.from(token, 'base64url');
  const bodyBytes = bytes.length - headBytes - macBytes;
  if (bodyBytes < blockBytes || bodyBytes % blockBytes !== 0) return undefined;
  // Buffers take any text for base64url and leave out what is none.
  if (toBase64Url(bytes) !== token || bytes[0] !== version) return undefined;
  const signed = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(macOf(signed, key), bytes.subarray(-macBytes))) return undefined;
  if (age && !isWithin(age, Number(bytes.readBigUInt64BE(1)) * 1_000)) return undefined;
  return decrypt(signed, key);
}

function isWithin({ maxAgeMs, nowMs }: FernetAge, madeAtMs: number): boolean {
  return madeAtMs + maxAgeMs >= nowMs && madeAtMs <= nowMs + clockSkewMs;
}

function decrypt(signed: Buffer, key: FernetKey): string | undefined {
  const decipher = createDecipheriv(
    'aes-128-cbc',
    key.encryption,
    signed.subarray(headBytes - ivBytes, headBytes),
  );
  try {
    return Buffer.concat([decipher.update(signed.subarray(headBytes)), decipher.final()]).toString('utf8');
  } catch {
    return undefined; // Who made it has the key, and pads as no Fernet does.
  }
}

function macOf(signed: Buffer, key: FernetKey): Buffer {
  return createHmac('sha256', key.signing).update(signed).digest();
}

/** With padding, as the specification has it. */
function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
