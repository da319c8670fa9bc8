const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

/** What a byte does to the depth: `[` and `{` open, `]` and `}` close. */
const depthChange = new Int8Array(256);
depthChange[0x5b] = depthChange[0x7b] = 1;
depthChange[0x5d] = depthChange[0x7d] = -1;

/**
 * How deep a JSON text nests and how many values its arrays and objects hold, without building any of them. A few
 * megabytes of brackets or commas would else become gigabytes of objects and errors, and seconds of standstill.
 * Of a text that is not JSON the figures mean nothing, but they are found all the same.
 */
export function measureJson(text: Uint8Array): { depth: number; values: number } {
  let depth = 0;
  let maxDepth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte === quote) at = endOfString(text, at);
    else if (byte === comma) values++;
    else {
      depth += depthChange[byte] ?? 0;
      if (depth > maxDepth) maxDepth = depth;
    }
  }
  return { depth: maxDepth, values };
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: Uint8Array, start: number): number {
  let end = start;
  do {
    end = text.indexOf(quote, end + 1);
    if (end === -1) return text.length;
  } while (isEscaped(text, end));
  return end;
}

/** Whether an odd number of backslashes stands before the character. */
function isEscaped(text: Uint8Array, at: number): boolean {
  let first = at;
  while (text[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}
