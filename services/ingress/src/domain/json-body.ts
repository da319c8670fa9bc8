import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { Fault } from '@weir/service-kit/fault';
import { measureJson } from './json-measure.ts';

/** Far beyond any request, and few enough to be parsed and judged in some milliseconds. */
const limits = { maxDepth: 256, maxValues: 100_000 };

/** JSON from the bytes of a body, or `invalid_json` that says where it is none. Its texts never quote the body. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) throw invalidJson('it is empty');
  if (!isUtf8(body)) throw invalidJson('it is not encoded in UTF-8');
  const { depth, values } = measureJson(body);
  if (depth > limits.maxDepth) throw invalidJson(`it is nested more than ${limits.maxDepth} levels deep`);
  if (values > limits.maxValues) throw invalidJson(`it has more than ${limits.maxValues} values`);
  return parseJsonText(body.toString(), invalidJson);
}

/** JSON from a text, whose integers keep their digits; where it is none, throws the fault that is made of the reason. */
export function parseJsonText(text: string, faultOf: (reason: string) => Fault): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw faultOf(error instanceof Error ? withoutQuote(error.message) : 'it cannot be parsed');
  }
}

const invalidJson = (reason: string) =>
  new Fault('invalid_json', { message: `The body is not valid JSON: ${reason}.` });

/** V8 gives the place, or the offending character with the text around it: that text stays here. */
function withoutQuote(message: string): string {
  return message.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON$/s, '');
}
