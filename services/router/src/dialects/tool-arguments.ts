import { tryParseExactJson } from '@weir/service-kit/exact-json';

/** How hosts write arguments that there are none of; PHP writes an empty object as a list. */
const nothing: ReadonlySet<string> = new Set(['', 'null', 'None', '[]']);

/**
 * A tool call's arguments as a client can use them: an object, as JSON. `{}` stands for arguments that a host leaves out, and
 * JSON in a JSON text is taken out of it. Anything else is what the model wrote and stays, valid or not.
 */
export function mendArguments(text: string): string {
  const trimmed = text.trim();
  if (nothing.has(trimmed)) return '{}';
  if (!trimmed.startsWith('"')) return text;
  const inner = tryParseExactJson(trimmed);
  if (typeof inner !== 'string') return text;
  const mended = mendArguments(inner);
  return beginsAsObject(mended) && tryParseExactJson(mended) !== undefined ? mended : text;
}

/** Whether arguments, or their first piece, can be passed on as they are. */
export function beginsAsObject(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** Whether the arguments are complete, so that more would be too much. */
export function isWholeJson(text: string): boolean {
  return text.trimEnd().endsWith('}') && tryParseExactJson(text) !== undefined;
}

/** Some hosts send the object that OpenAI sends as text. */
export function argumentsText(said: unknown): string {
  if (said === null || said === undefined) return '';
  return typeof said === 'string' ? said : JSON.stringify(said);
}

/** The arguments of a call of another protocol, which are an object, and which some hosts write as text. */
export function toArguments(input: unknown): string {
  return mendArguments(argumentsText(input));
}
