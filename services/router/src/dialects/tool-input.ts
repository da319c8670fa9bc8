import { parseExactJson } from '@weir/service-kit/exact-json';

/** What the caller is told where arguments were mended. */
export const mendedInputWarning =
  'messages[].tool_calls[]: arguments that are no JSON object were sent as {"_invalid": "..."}';

/**
 * The arguments of an earlier tool call as the object that other protocols want. Clients replay what a model wrote, so that
 * arguments may be cut off, or no object: those go on as text, and `isMended` says so. None at all are an empty text or null
 * with some hosts.
 */
export function toToolInput(json: string): { input: Record<string, unknown>; isMended: boolean } {
  const written = json.trim() === '' ? null : parse(json);
  if (written === null) return { input: {}, isMended: false };
  // Some models write them as JSON twice.
  const input = typeof written === 'string' ? parse(written) : written;
  if (isRecord(input)) return { input: { ...input }, isMended: false };
  return { input: { _invalid: json }, isMended: true };
}

function parse(json: string): unknown {
  try {
    return parseExactJson(json);
  } catch {
    return undefined;
  }
}

function isRecord(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && !JSON.isRawJSON(input);
}
