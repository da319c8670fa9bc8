/** A fake token is one word with the white space that follows it, so tests can count tokens by eye. */
const TOKEN_BOUNDARY = /(?<=\s)(?=\S)/;

/** The number of fake tokens in `text`: one for each run of characters between white space. */
export function countTokens(text: string): number {
  let tokens = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const isSpace = text.charCodeAt(index) <= 32;
    if (!isSpace && !inWord) tokens += 1;
    inWord = !isSpace;
  }
  return tokens;
}

/** Cuts `text` into its fake tokens; joined again they are `text`. */
export function splitTokens(text: string): string[] {
  return text === '' ? [] : text.split(TOKEN_BOUNDARY);
}

/** Cuts `text` into at most `count` pieces of about equal length, or into its tokens when no count is given. */
export function splitChunks(text: string, count?: number): string[] {
  const tokens = splitTokens(text);
  if (count === undefined || count >= tokens.length) return tokens;
  const size = Math.ceil(tokens.length / count);
  return Array.from({ length: Math.ceil(tokens.length / size) }, (_, index) =>
    tokens.slice(index * size, (index + 1) * size).join(''),
  );
}

/** Cuts a JSON text into short fragments, none of which is valid JSON by itself, as providers stream tool arguments. */
export function splitFragments(json: string): string[] {
  return json.match(/.{1,8}/gsu) ?? [];
}
