import { pathText } from '@weir/service-kit/schema-fault';
import type { ScreenedText } from '../domain/check.ts';
import type { FieldKind } from './fields.ts';
import type { JsonNode, Place } from './json-walker.ts';

type Node = JsonNode<FieldKind>;

/** One text of a document, with its place there. */
export class DocumentText implements ScreenedText {
  readonly text: string;
  form: ScreenedText['form'];
  role?: string;
  /** Undefined where no contract names the field. */
  readonly kind: FieldKind | undefined;
  /** Whether it is a key of the object `node`, and not the value of `node` itself. */
  readonly isKey: boolean;
  readonly node: Node;
  readonly place: Place;
  /** Where the list of thoughts stands that are signed, and the text is one of them: they are as they were signed, or gone. */
  signedList: Place | undefined;
  /** Of the data URL whose base64 the text was. */
  readonly head: string | undefined;

  constructor(found: Pick<DocumentText, 'text' | 'kind' | 'isKey' | 'node' | 'place' | 'head'>) {
    this.text = found.text;
    this.kind = found.kind;
    this.isKey = found.isKey;
    this.node = found.node;
    this.place = found.place;
    this.head = found.head;
    this.form = formOf(found);
  }

  get path(): string {
    return pathText(keysOf(this.node).map(publicKey));
  }

  /** The JSON literal that stands in its place where it has become another text. */
  literalOf(text: string): string {
    return JSON.stringify(this.head === undefined ? text : this.head + Buffer.from(text).toString('base64'));
  }
}

function formOf({ kind, isKey }: Pick<DocumentText, 'kind' | 'isKey'>): ScreenedText['form'] {
  if (isKey || kind === 'identifier' || kind === 'keyword' || kind === 'end_user') return 'identifier';
  return kind === 'json' ? 'json' : 'text';
}

/** Keys that somebody made up may be personal data themselves, and a path is told to others. */
function publicKey(key: string | number): string | number {
  return typeof key === 'number' || /^[A-Za-z_][A-Za-z_-]{0,31}$/.test(key) ? key : '*';
}

/** A value that lies deeper is told by where its outermost containers stand. */
const maxPathLength = 24;

/** Whether its whole path is told. Of lists that lie within others by the hundred nothing is looked for in each. */
export function isNear(node: Node): boolean {
  let depth = 0;
  for (let at: Node = node; at.parent && depth <= maxPathLength; at = at.parent) depth++;
  return depth <= maxPathLength;
}

/** From the document's root. */
export function keysOf(node: Node): (string | number)[] {
  let [outer, depth] = [node, 0];
  for (let at: Node = node; at.parent; at = at.parent) depth++;
  for (; depth > maxPathLength && outer.parent; depth--) outer = outer.parent;
  const keys: (string | number)[] = [];
  for (let at = outer; at.parent; at = at.parent) keys.push(at.key);
  return keys.reverse();
}
