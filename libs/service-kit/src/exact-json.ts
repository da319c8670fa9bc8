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

/** An integer that a number cannot hold has 16 digits or more; most texts have none, and cost no more than parsing. */
const longNumber = /\d{16}/;

/**
 * Parses JSON so that integers too large for a number, as ids often are, keep each digit when the value is written as
 * JSON again. They are raw JSON in it, and no numbers. Throws as `JSON.parse` does.
 */
export function parseExactJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    source !== undefined && isInexact(value) ? rawJSON(source) : value,
  );
}

/** Whether the text has integers that `JSON.parse` would not keep. Throws as that does. */
export function hasInexactNumber(text: string): boolean {
  if (!longNumber.test(text)) return false;
  let isFound = false;
  JSON.parse(text, (_key, value) => {
    isFound ||= isInexact(value);
    return value;
  });
  return isFound;
}

const isInexact = (value: unknown) => Number.isInteger(value) && !Number.isSafeInteger(value);
