declare global {
  /** What Node has and TypeScript's library does not know yet. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** Not declared for all: `@qdrant/openapi-typescript-fetch` does, as one that may be missing, and there can be one declaration. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** An integer that a number cannot hold has no fewer digits. */
const minDigits = 16;

/**
 * Parses JSON so that integers too large for a number, as ids often are, keep each digit when the value is written as
 * JSON again. They are raw JSON in it, and no numbers. Throws as `JSON.parse` does. Texts without such integers cost no more
 * than parsing, others about seven times that.
 */
export function parseExactJson(text: string): unknown {
  if (!hasLongInteger(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    source !== undefined && isInexact(value) ? rawJSON(source) : value,
  );
}

/** The same, or undefined where the text is no JSON. */
export function tryParseExactJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/** Whether a parsed value is an object: no list, and no integer that is kept as raw JSON. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** Whether the text has integers that `JSON.parse` would not keep. Throws as that does. */
export function hasInexactNumber(text: string): boolean {
  if (!hasLongInteger(text)) return false;
  let isFound = false;
  JSON.parse(text, (_key, value) => {
    isFound ||= isInexact(value);
    return value;
  });
  return isFound;
}

const isInexact = (value: unknown) => Number.isInteger(value) && !Number.isSafeInteger(value);

/** Looks at each sixteenth character only: where as many digits stand in a row, one of them is among these. */
function hasLongInteger(text: string): boolean {
  let stringsEnd = 0;
  for (let at = minDigits - 1; at < text.length; at += minDigits) {
    if (!isDigit(text, at)) continue;
    let [start, end] = [at, at + 1];
    while (isDigit(text, start - 1)) start--;
    while (isDigit(text, end)) end++;
    if (end - start < minDigits || text[start - 1] === '.') continue;
    stringsEnd = endOfStrings(text, stringsEnd, start);
    if (stringsEnd <= start) return true;
    // What comes next is no digit, but what stands between two values.
    at = stringsEnd;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Where the last string ends that begins before `until`, looked for from a place outside of strings. */
function endOfStrings(text: string, from: number, until: number): number {
  let end = from;
  for (let quote = text.indexOf('"', end); quote !== -1 && quote < until; quote = text.indexOf('"', end)) {
    end = endOfJsonString(text, quote);
  }
  return end;
}

/** The place after the quote that ends the string which begins at `start`: the first that no odd number of backslashes stands before. */
export function endOfJsonString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return json.length;
}
