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
 * One text for all forms of a chat request that ask for the same: without regard to the order of keys, to what is null or absent, to
 * forms of Unicode and to white space that no model minds. Two requests that differ in anything else have different texts.
 */
export function canonicalRequest(request: Fields): string {
  const { messages, ...rest } = request;
  const kept = Object.entries(rest).filter(([name]) => !ignored.has(name));
  const readable = Array.isArray(messages) ? messages.map(canonicalMessage) : messages;
  return canonicalJson({ ...Object.fromEntries(kept), messages: readable });
}

/** The same without what the last message says. */
export function canonicalContext(request: Fields & { readonly messages: readonly unknown[] }): string {
  const last = request.messages.at(-1);
  const unsaid = isFields(last) ? { ...last, content: null } : last;
  return canonicalRequest({ ...request, messages: [...request.messages.slice(0, -1), unsaid] });
}

/** JSON with its keys in order and without those that are null; strings in Unicode's composed form. */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.normalize('NFC'));
  // Infinity, which JSON has as 1e999, is not null.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || JSON.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

function canonicalMessage(message: unknown): unknown {
  if (!isFields(message) || !instructingRoles.has(message['role'])) return message;
  const { content } = message;
  if (typeof content === 'string') return { ...message, content: canonicalText(content) };
  if (!Array.isArray(content)) return message;
  const parts = content.map((part: unknown) =>
    isFields(part) && part['type'] === 'text' && typeof part['text'] === 'string'
      ? { ...part, text: canonicalText(part['text']) }
      : part,
  );
  return { ...message, content: parts };
}

/** Not from the middle of blanks: each would be tried to the end of them, which takes minutes where there are many. */
const blanksAtLineEnd = /(?<![ \t])[ \t]+$/gm;

/** Blanks within a line are kept where there are several lines: code has indentation. */
export function canonicalText(text: string): string {
  const trimmed = text.replaceAll('\r\n', '\n').trim();
  return trimmed.includes('\n')
    ? trimmed.replaceAll(blanksAtLineEnd, '')
    : trimmed.replaceAll(/[ \t]{2,}|\t/g, ' ');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
