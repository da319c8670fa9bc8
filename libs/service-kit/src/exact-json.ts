declare global {
  /** What Node has and TypeScript's library does not know yet. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** An integer that a number cannot hold has 16 digits or more; most texts have none, and cost no more than parsing. */
const longNumber = /\d{16}/;

/**
 * Parses JSON so that integers too large for a number, as ids often are, keep each digit when the value is written as
 * JSON again. They are raw JSON in it, and no numbers. Throws as `JSON.parse` does.
 */
export function parseExactJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    source !== undefined && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? JSON.rawJSON(source)
      : value,
  );
}
