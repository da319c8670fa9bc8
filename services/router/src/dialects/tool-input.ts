import { Fault } from '@weir/service-kit/fault';
import { parseExactJson } from '@weir/service-kit/exact-json';

/**
 * The arguments of a tool call as the object that other protocols want. A call without arguments is an empty text with
 * some hosts. Throws a Fault that names `param` where they are no object.
 */
export function toToolInput(json: string, param: string): Record<string, unknown> {
  if (json.trim() === '') return {};
  const input = parse(json);
  if (isRecord(input)) return { ...input };
  const message = 'The arguments of a tool call must be a JSON object.';
  throw new Fault('invalid_request', { message, param });
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
