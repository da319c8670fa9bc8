import type { Finding, SpanCheck } from '../domain/check.ts';

/** The longest escape, `\\u0041`, in units. */
const maxEscapeLength = 6;
const escapes = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const openEscape = /(?:^|[^\\])(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/;
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

interface Decoded {
  readonly text: string;
  /** Where each unit of it stands in the JSON, and where the JSON ends. */
  readonly offsets: readonly number[];
}

/** The same check, for which an escaped character of a JSON text is that character. */
export function readingEscapes(check: SpanCheck): SpanCheck {
  return {
    ...check,
    contextLength: check.contextLength * maxEscapeLength,
    find(text, form, from = 0) {
      if (form !== 'json' || !text.includes('\\')) return check.find(text, form, from);
      const decoded = decode(text);
      const at = (offset: number) => decoded.offsets[offset] ?? text.length;
      return check.find(decoded.text, form, placeOf(from, decoded)).map((finding): Finding => ({
        ...finding,
        ...(finding.span && { span: { start: at(finding.span.start), end: at(finding.span.end) } }),
      }));
    },
    settledLength(text, form, from = 0) {
      if (form !== 'json' || !text.includes('\\')) return check.settledLength(text, form, from);
      const decoded = decode(
        text.slice(0, text.length - (openEscape.exec(text.slice(-64))?.[1]?.length ?? 0)),
      );
      const settled = check.settledLength(decoded.text, form, placeOf(from, decoded));
      return decoded.offsets[settled] ?? text.length;
    },
  };
}

function decode(json: string): Decoded {
  let text = '';
  const offsets: number[] = [];
  let position = 0;
  const copyTo = (end: number) => {
    for (; position < end; position += 1) offsets.push(position);
  };
  for (const { 0: escape, 1: code, 2: sign = '', index } of json.matchAll(escapes)) {
    text += json.slice(position, index);
    copyTo(index);
    text += code === undefined ? (controls[sign] ?? sign) : String.fromCharCode(parseInt(code, 16));
    offsets.push(index);
    position = index + escape.length;
  }
  text += json.slice(position);
  copyTo(json.length);
  offsets.push(json.length);
  return { text, offsets };
}

/** The first unit that stands at `offset` or after it. */
function placeOf(offset: number, { offsets }: Decoded): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
