import type { Finding, SpanCheck } from '../domain/check.ts';

/** The longest escape, `\u0041`, in units. */
const maxEscapeLength = 6;
const escapes = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
/** An escape that the text ends in, and that may go on. */
const openEscape = /(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/;
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

interface Decoded {
  readonly text: string;
  /** Where each unit of it stands in the JSON, and where the JSON ends. */
  readonly offsets: readonly number[];
}

/** The same check, for which an escaped character of a JSON text is that character. It settles no half of an escape. */
export function readingEscapes(check: SpanCheck): SpanCheck {
  return {
    ...check,
    contextLength: check.contextLength * maxEscapeLength,
    find(text, form, from = 0) {
      if (form !== 'json' || !text.includes('\\')) return check.find(text, form, from);
      const { decoded, start } = decodeFrom(text, from);
      const at = (offset: number) => decoded.offsets[offset] ?? text.length;
      return check.find(decoded.text, form, start).map((finding): Finding => {
        const { span } = finding;
        return span ? { ...finding, span: { start: at(span.start), end: at(span.end) } } : finding;
      });
    },
    settledLength(text, form, from = 0) {
      if (form !== 'json' || !text.includes('\\')) return check.settledLength(text, form, from);
      const open = openEscape.exec(text.slice(from))?.[1] ?? '';
      const { decoded, start } = decodeFrom(text.slice(0, text.length - open.length), from);
      return decoded.offsets[check.settledLength(decoded.text, form, start)] ?? from;
    },
  };
}

/** `start` is where `from` is in it. What stands before may begin in the midst of an escape, and is decoded by itself. */
function decodeFrom(json: string, from: number): { readonly decoded: Decoded; readonly start: number } {
  const before = decode(json.slice(0, from), 0);
  const rest = decode(json.slice(from), from);
  const offsets = [...before.offsets.slice(0, before.text.length), ...rest.offsets];
  return { decoded: { text: before.text + rest.text, offsets }, start: before.text.length };
}

function decode(json: string, offset: number): Decoded {
  let text = '';
  const offsets: number[] = [];
  let position = 0;
  const copyTo = (end: number) => {
    text += json.slice(position, end);
    for (; position < end; position += 1) offsets.push(offset + position);
  };
  for (const { 0: escape, 1: code, 2: sign = '', index } of json.matchAll(escapes)) {
    copyTo(index);
    text += code === undefined ? (controls[sign] ?? sign) : String.fromCharCode(parseInt(code, 16));
    offsets.push(offset + index);
    position = index + escape.length;
  }
  copyTo(json.length);
  offsets.push(offset + json.length);
  return { text, offsets };
}
