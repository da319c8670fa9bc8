import { normalised } from '../normalised-text.ts';

/** Fewer characters of a key than these in a row may be there by chance: keys have words in them, as `live` and `operator`. */
export const tellingLength = 12;

/** From so many letters and digits on, a shorter secret is found within other words too. */
const minInnerLength = 8;

/** A shorter word is no key that anybody would use, and stands in many a text. */
const minSecretLength = 4;

/**
 * Whether a text has a part of one of the secrets: twelve of its letters and digits in a row, whatever stands between them, the
 * whole of one that has eight or more, or the whole of a shorter one as words of their own. A secret is found in every encoding
 * that {@link spellingsOf} knows.
 */
export function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0 || text === '') return false;
  const letters = bare(text);
  const parts = new Set(windowsOf(letters));
  return secrets.some((secret) => {
    const { length } = bare(secret);
    // One that has no letters to go by.
    if (length < minSecretLength) return secret.length >= minSecretLength && text.includes(secret);
    return spellingsOf(secret).some((spelt) => {
      const wanted = bare(spelt);
      if (wanted.length >= tellingLength) return windowsOf(wanted).some((part) => parts.has(part));
      return length >= minInnerLength ? letters.includes(wanted) : spaced(text).includes(spaced(spelt));
    });
  });
}

/** Whether a name, as that of a field, has the whole of a secret in it, however short that is. */
export function holdsSecret(name: string, secrets: readonly string[]): boolean {
  const letters = bare(name);
  return secrets.some((secret) => {
    const wanted = bare(secret);
    return wanted === '' ? secret !== '' && name.includes(secret) : letters.includes(wanted);
  });
}

/**
 * A secret as it is, backwards, in hexadecimal digits (percent-encoded too, since only letters and digits are compared), in JSON's and
 * HTML's escapes, as decimal codes, and in Base64, wherever in a longer text it stands.
 */
export function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  // The first and the last digits of each depend on what stands beside the secret.
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64url')
      .slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1),
  );
  return [
    secret,
    Array.from(secret).reverse().join(''),
    hex.join(''),
    hex.map((digits) => `u00${digits}`).join(''),
    hex.map((digits) => `x${digits}`).join(''),
    bytes.join(''),
    ...base64,
  ];
}

/** The letters and digits of a text alone, in lower case and without marks. */
export function bare(text: string): string {
  // Most texts have nothing else, and this takes a fifth of the time.
  if (!beyondAscii.test(text)) return text.replace(/[^A-Za-z\d]+/g, '').toLowerCase();
  return normalised(text, 'NFKD').replace(notAlphanumeric, '').toLowerCase();
}

export const beyondAscii = /[^\0-\x7f]/;
/** ` one word after the other `. */
const spaced = (text: string) =>
  ` ${normalised(text, 'NFKC').replace(notAlphanumeric, ' ').trim().toLowerCase()} `;
const notAlphanumeric = /[^\p{L}\p{N}]+/gu;

/** Every run of {@link tellingLength} characters. */
function windowsOf(text: string): string[] {
  const count = Math.max(0, text.length - tellingLength + 1);
  return Array.from({ length: count }, (_, start) => text.slice(start, start + tellingLength));
}
