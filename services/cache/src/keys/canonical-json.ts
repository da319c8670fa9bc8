import { isQuicklyNormalised } from '@weir/service-kit/normalised-text';

/** What says nothing of the answer: how it is delivered, and whose the request is. */
const ignored = new Set([
  'stream',
  'stream_options',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
]);

/** Messages whose white space at the ends says nothing. An assistant's may be a beginning that the model is to go on from. */
const instructingRoles = new Set<unknown>(['system', 'developer', 'user']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * One text for all forms of a chat request that ask for the same: without regard to the order of keys, to which of its fields and its
 * messages' fields are null or absent, to forms of Unicode, and to white space around what is said. Two requests that differ in anything
 * else have different texts.
 */
export function canonicalRequest(request: Fields): string {
  const { messages, ...rest } = request;
  const kept = Object.entries(withoutNull(rest)).filter(([name]) => !ignored.has(name));
  const readable = Array.isArray(messages) ? messages.map(canonicalMessage) : messages;
  return canonicalJson({ ...Object.fromEntries(kept), messages: readable });
}

/** The same without what the last message says. */
export function canonicalContext(request: Fields & { readonly messages: readonly unknown[] }): string {
  const last = request.messages.at(-1);
  const unsaid = isFields(last) ? { ...last, content: null } : last;
  return canonicalRequest({ ...request, messages: [...request.messages.slice(0, -1), unsaid] });
}

/** JSON with its keys in order; strings in Unicode's composed form. */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(composed(value));
  // Infinity, which JSON has as 1e999, is not null.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || JSON.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** No two texts that differ otherwise become one by it: of what would take too long to compose each is its own. */
const composed = (text: string) => (isQuicklyNormalised(text) ? text.normalize('NFC') : text);

function canonicalMessage(message: unknown): unknown {
  if (!isFields(message)) return message;
  const said = withoutNull(message);
  const { content, role } = said;
  if (!instructingRoles.has(role)) return said;
  if (typeof content === 'string') return { ...said, content: canonicalText(content) };
  // Of several parts one may end where the next goes on.
  if (!Array.isArray(content) || content.length !== 1) return said;
  const [part] = content as unknown[];
  if (!isFields(part) || part['type'] !== 'text' || typeof part['text'] !== 'string') return said;
  return { ...said, content: [{ ...part, text: canonicalText(part['text']) }] };
}

/** Not of what is within: in a JSON schema `const: null` says something. */
function withoutNull(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** White space within a text stays, and the first line's indentation: it may be code, a table, or what is asked about. */
export function canonicalText(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  const start = lines.search(/[^ \t\n]/);
  const said = lines.slice(start === -1 ? 0 : lines.lastIndexOf('\n', start) + 1).trimEnd();
  return said.includes('\n') ? said : said.trimStart();
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
