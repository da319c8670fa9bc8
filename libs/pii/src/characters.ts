const digits = 1;
const letters = 2;
const separators = 4;
const emails = 8;
const breaks = 16;

/** By code, for ASCII. Everything else is a break: the letters that matter are folded to ASCII before. */
const classes = new Uint8Array(128);

function mark(characters: string, flag: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] ?? 0) | flag;
  }
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
mark('0123456789', digits | emails);
mark(upper + upper.toLowerCase(), letters | emails);
mark(' .-()[]_', separators);
mark('._%+-', emails);
mark('\0\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0e\x0f "\',;<>', breaks);

const has = (code: number, flag: number) => code < 128 && ((classes[code] ?? 0) & flag) !== 0;

export const isDigit = (code: number) => code >= 48 && code <= 57;
export const isLetter = (code: number) => has(code, letters);
export const isAlphanumeric = (code: number) => has(code, digits | letters);
export const isUpperCase = (code: number) => code >= 65 && code <= 90;
/** What may stand between the groups of a number. */
export const isSeparator = (code: number) => has(code, separators);
/** What an email's local part is made of. */
export const isEmailCharacter = (code: number) => has(code, emails);
/** What no email, number, address of a computer or key has within itself, in one piece. NaN, the text's end, is one. */
export const isBreak = (code: number) => !(code < 128) || has(code, breaks);
/** What a word of a key is made of: `sk-proj-...`, `github_pat_...`. */
export const isKeyCharacter = (code: number) => has(code, digits | letters) || code === 45 || code === 95;

/** The digit that a letter stands for where it is among digits, or undefined. */
export function confusableDigit(code: number): number | undefined {
  if (code === 79 || code === 111) return 0; // O o
  if (code === 108 || code === 73) return 1; // l I
  return undefined;
}
