import { isJsonObject, tryParseExactJson } from '@weir/service-kit/exact-json';

/** What the caller is told where arguments were mended. */
export const mendedInputWarning =
  'messages[].tool_calls[]: arguments that are no JSON object were sent as one, or as {"_invalid": "..."}';

/**
 * The arguments of an earlier tool call as the object that other protocols want. Clients replay what a model wrote, so that
 * arguments may be null, cut off, or no object: what cannot be read as one goes on as text. `isMended` says so. Of a call
 * without arguments some hosts make an empty text.
 */
export function toToolInput(json: string): { input: Record<string, unknown>; isMended: boolean } {
  if (json.trim() === '') return { input: {}, isMended: false };
  const written = tryParseExactJson(json);
  if (written === null) return { input: {}, isMended: true };
  // Some models write them as JSON twice.
  const input = typeof written === 'string' ? tryParseExactJson(written) : written;
  if (isJsonObject(input)) return { input: { ...input }, isMended: input !== written };
  return { input: { _invalid: json }, isMended: true };
}
