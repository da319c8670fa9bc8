/** What a character means outside of a string. */
export const [opens, closes, commas, colons, quotes, digits, points] = [1, 2, 3, 4, 5, 6, 7] as const;
/** By their codes; 0 for all others. */
export const meanings = new Uint8Array(128);
for (const [characters, meaning] of [
  ['[{', opens],
  [']}', closes],
  [',', commas],
  [':', colons],
  ['"', quotes],
  ['0123456789', digits],
  ['.', points],
] as const) {
  for (const character of characters) meanings[character.charCodeAt(0)] = meaning;
}

export const quote = 0x22;
export const backslash = 0x5c;

/** Whether an odd number of backslashes stands before the place, counted from `start`. */
export function isEscaped(text: string, start: number, place: number): boolean {
  let first = place;
  while (first > start && text.charCodeAt(first - 1) === backslash) first--;
  return (place - first) % 2 === 1;
}

export const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
