import { parseMeasuredJson } from '@weir/service-kit/bounded-json';

/** How a field is known: what it is, and which fields are in it. Undefined where no contract names it. */
export interface Field<Kind> {
  readonly kind?: Kind;
  readonly fields: ReadonlyMap<string, Field<Kind>>;
}

/** The name under which a field has those of an array's elements. */
export const element = '[]';

/** A value's place in a document. */
export interface JsonNode<Kind> {
  readonly parent: JsonNode<Kind> | undefined;
  /** In its parent; of the root, ''. */
  readonly key: string | number;
  readonly field: Field<Kind> | undefined;
}

/** Where a value, or a key, stands in the document's text, quotes and brackets included. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface JsonVisitor<Kind> {
  onString(node: JsonNode<Kind>, place: Place): void;
  /** A key of the object `node`. */
  onKey(node: JsonNode<Kind>, place: Place, key: string): void;
  /** An object or an array, at its end. */
  onContainer?(node: JsonNode<Kind>, place: Place): void;
}

interface Container<Kind> {
  readonly node: JsonNode<Kind>;
  readonly start: number;
  readonly isArray: boolean;
  /** What the next value's key is. */
  key: string | number;
  /** Whether a string that comes now is a key. */
  expectsKey: boolean;
}

const codes = {
  quote: 0x22,
  backslash: 0x5c,
  comma: 0x2c,
  openArray: 0x5b,
  closeArray: 0x5d,
  open: 0x7b,
  close: 0x7d,
};

/** In UTF-16 units: after so many others may have their turn. */
const sliceLength = 65_536;

/**
 * Tells of each string in a JSON text, keys included, and of its place there. It neither checks the text, which a parser has
 * found to be valid, nor builds anything of it: it takes time linear in the text's length, however deeply that is nested. It
 * goes on each time that it is asked to.
 */
export function* walkJson<Kind>(
  json: string,
  root: Field<Kind>,
  visitor: JsonVisitor<Kind>,
): Generator<undefined, void> {
  let sliceEnd = sliceLength;
  const open: Container<Kind>[] = [];
  let top: Container<Kind> | undefined;
  for (let at = 0; at < json.length; at++) {
    if (at >= sliceEnd) {
      yield;
      sliceEnd = at + sliceLength;
    }
    const code = json.charCodeAt(at);
    if (code === codes.quote) {
      const place = { start: at, end: endOfString(json, at) };
      if (top?.expectsKey) {
        const key = literalText(json, place);
        top.key = key;
        top.expectsKey = false;
        visitor.onKey(top.node, place, key);
      } else visitor.onString(childOf(top, root), place);
      at = place.end - 1;
    } else if (code === codes.open || code === codes.openArray) {
      if (top) open.push(top);
      const isArray = code === codes.openArray;
      const key = isArray ? 0 : '';
      top = { node: childOf(top, root), start: at, isArray, key, expectsKey: !isArray };
    } else if (top && (code === codes.close || code === codes.closeArray)) {
      visitor.onContainer?.(top.node, { start: top.start, end: at + 1 });
      top = open.pop();
    } else if (top && code === codes.comma) {
      if (top.isArray) top.key = Number(top.key) + 1;
      else top.expectsKey = true;
    }
  }
}

/** The place after the quote that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  // Most strings have no escape, and are passed over natively.
  const end = json.indexOf('"', start + 1);
  if (end !== -1 && json.charCodeAt(end - 1) !== codes.backslash) return end + 1;
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === codes.backslash) at++;
    else if (code === codes.quote) return at + 1;
  }
  return json.length;
}

function childOf<Kind>(parent: Container<Kind> | undefined, root: Field<Kind>): JsonNode<Kind> {
  if (!parent) return { parent: undefined, key: '', field: root };
  const { node, key, isArray } = parent;
  return { parent: node, key, field: node.field?.fields.get(isArray ? element : String(key)) };
}

/** The text that a literal stands for. */
export function literalText(json: string, { start, end }: Place): string {
  const inner = json.slice(start + 1, end - 1);
  return inner.includes('\\') ? (parseMeasuredJson(json.slice(start, end)) as string) : inner;
}

/** A literal, or any value, in the place of another. */
export interface Replacement extends Place {
  readonly json: string;
}

/** The document with other values in some places, which do not overlap; everything else stays as it is. */
export function replaceValues(json: string, replacements: readonly Replacement[]): string {
  let [result, copied] = ['', 0];
  for (const { start, end, json: value } of replacements.toSorted((a, b) => a.start - b.start)) {
    // A value within one that has been replaced is gone with it.
    if (start < copied) continue;
    result += json.slice(copied, start) + value;
    copied = end;
  }
  return result + json.slice(copied);
}
