import type { YieldTurn } from '@weir/service-kit/event-loop';
import { DocumentText, isNear } from './document-text.ts';
import { type FieldKind, fieldTrees } from './fields.ts';
import { element, type Field, type JsonNode, literalText, type Place, walkJson } from './json-walker.ts';

export type DocumentKind = keyof typeof fieldTrees;
type Node = JsonNode<FieldKind>;

export interface DocumentTexts {
  readonly texts: readonly DocumentText[];
  /** `messages`, `images`, `files`, `tools`, `tool_calls`, `choices`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Where the log probabilities stand, which hold tokens of the text; by the place of their choice in `choices`. */
  readonly logprobs: ReadonlyMap<number, Place>;
}

const counted: Readonly<Record<DocumentKind, Readonly<Record<string, readonly string[]>>>> = {
  request: {
    messages: ['messages', element],
    images: ['messages', element, 'content', element, 'image_url'],
    files: ['messages', element, 'content', element, 'file'],
    tools: ['tools', element],
    tool_calls: ['messages', element, 'tool_calls', element],
  },
  completion: {
    choices: ['choices', element],
    tool_calls: ['choices', element, 'message', 'tool_calls', element],
  },
  chunk: {},
};

const countNames = new Map(
  Object.entries(counted).flatMap(([kind, names]) =>
    Object.entries(names).map(
      ([name, path]) => [fieldAt(fieldTrees[kind as DocumentKind], path), name] as const,
    ),
  ),
);

const messageField = fieldAt(fieldTrees.request, ['messages', element]);
const roleField = fieldAt(fieldTrees.request, ['messages', element, 'role']);
const logprobsFields = new Set([
  fieldAt(fieldTrees.completion, ['choices', element, 'logprobs']),
  fieldAt(fieldTrees.chunk, ['choices', element, 'logprobs']),
]);

/** OpenRouter's, and LiteLLM's. */
const thoughtLists = new Set(['reasoning_details', 'thinking_blocks']);

/**
 * Every text of a request, an answer or a chunk of one: each string that is not known to be of the protocol, in whatever field
 * it stands, and each key that is no plain name. All checks read these, and nothing else.
 */
export async function readTexts(
  json: string,
  kind: DocumentKind,
  yieldTurn: YieldTurn,
): Promise<DocumentTexts> {
  const reading = textsIn(json, kind);
  for (let step = reading.next(); ; step = reading.next()) {
    if (step.done) return step.value;
    await yieldTurn();
  }
}

/** The same of what is short, as a chunk of a stream is. */
export function readShortTexts(json: string, kind: DocumentKind): DocumentTexts {
  const reading = textsIn(json, kind);
  for (let step = reading.next(); ; step = reading.next()) if (step.done) return step.value;
}

function* textsIn(json: string, kind: DocumentKind): Generator<undefined, DocumentTexts> {
  const texts: DocumentText[] = [];
  const counts: Record<string, number> = {};
  const logprobs = new Map<number, Place>();
  let [messageStart, role] = [0, ''];
  const count = ({ field }: Node) => {
    const name = field && countNames.get(field);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  };
  let lastSignatureAt = -1;
  yield* walkJson(json, fieldTrees[kind], {
    onString(node, place) {
      const fieldKind = node.field?.kind;
      if (node.field !== undefined && node.field === roleField) role = literalText(json, place);
      // Some hosts have an image's address itself in the place of an object with it.
      count(node);
      if (node.key === 'signature' || node.key === 'data') lastSignatureAt = place.start;
      if (fieldKind === 'structural' || place.end - place.start <= 2) return;
      const literal = literalText(json, place);
      if (fieldKind === 'keyword' && keyword.test(literal)) return;
      if (fieldKind === 'media' && isBinary(literal)) return;
      if (fieldKind === undefined && isData(literal)) return;
      const file = fieldKind === 'media' ? textFile(literal) : undefined;
      const text = file?.text ?? literal;
      texts.push(new DocumentText({ text, kind: fieldKind, isKey: false, node, place, head: file?.head }));
    },
    onKey(node, place, key) {
      const isMetadata = node.field !== undefined && node.field === metadataField;
      if (key === '' || node.field?.fields.has(key) || (!isMetadata && plainName.test(key))) return;
      texts.push(new DocumentText({ text: key, kind: undefined, isKey: true, node, place, head: undefined }));
    },
    onContainer(node, place) {
      count(node);
      if (thoughtLists.has(String(node.key)) && lastSignatureAt > place.start && isNear(node)) {
        for (let at = texts.length - 1; (texts[at]?.place.start ?? -1) > place.start; at--) {
          const text = texts[at];
          if (text) text.signedList = place;
        }
      }
      if (!node.field) return;
      if (logprobsFields.has(node.field)) logprobs.set(Number(node.parent?.key), place);
      if (node.field !== messageField) return;
      for (const text of texts.slice(messageStart)) giveRole(text, role);
      [messageStart, role] = [texts.length, ''];
    },
  });
  if (kind !== 'request') for (const text of texts) text.role = 'assistant';
  return { texts, counts, logprobs };
}

/** What tools answer is JSON as often as not, in which characters may be escaped. */
function giveRole(text: DocumentText, role: string): void {
  if (role !== '') text.role = role;
  const isAnswer = role === 'tool' || role === 'function';
  if (isAnswer && text.form === 'text' && /^\s*[[{]/.test(text.text)) text.form = 'json';
}

/** A name such as protocols and schemas give their fields, in which nobody is named. */
const plainName = /^[$A-Za-z][A-Za-z_]{0,39}$/;

/** A word such as protocols have for kinds of things, `web_search_20250305` among them. */
const keyword = /^[$A-Za-z][A-Za-z_:-]{0,47}\d{0,8}$/;

const metadataField = fieldAt(fieldTrees.request, ['metadata']);

/** Not of digits alone, which are a number. */
const base64 = /^(?=[\d\r\n]*[^\d\r\n])[A-Za-z0-9+/_\r\n-]+={0,2}$/;
const dataUrl = /^data:[^,]{0,128};base64,/i;
const textUrl = /^data:(?:text\/|application\/(?:[a-z.]+\+)?(?:json|xml|yaml))[^,]{0,128};base64,/i;

/** Whether it is an image, a sound or a document, which nobody here can read. */
function isBinary(url: string): boolean {
  if (textUrl.test(url)) return false;
  return base64.test(url.slice(dataUrl.exec(url)?.[0].length ?? 0));
}

/** Whether a text of a field that no contract knows is data, and so long that it is nothing else: a video that only its host knows. */
function isData(text: string): boolean {
  if (text.length < 256 || textUrl.test(text)) return false;
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text.slice(dataUrl.exec(text)?.[0].length ?? 0));
}

/** What a data URL of a text file says. */
function textFile(url: string): { readonly head: string; readonly text: string } | undefined {
  const head = textUrl.exec(url)?.[0];
  return head === undefined
    ? undefined
    : { head, text: Buffer.from(url.slice(head.length), 'base64').toString() };
}

function fieldAt(root: Field<FieldKind>, path: readonly string[]): Field<FieldKind> {
  let field = root;
  for (const name of path) {
    const next = field.fields.get(name);
    if (!next) throw new Error(`No field ${path.join('.')} is known.`);
    field = next;
  }
  return field;
}
