import { isUtf8 } from 'node:buffer';
import { documentJsonLimits, requestJsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import { Fault } from '@weir/service-kit/fault';
import { isUnreadable, type JsonReader } from '@weir/service-kit/json-reader';

interface BodyReading<Result> {
  readonly reader: JsonReader;
  /** Makes of the value what it is read for. Told too of how many brackets, keys and values it consists. */
  readonly judge: (value: unknown, values: number) => Result;
}

/** What is made of a body's JSON; rejects with `invalid_json` that says where it is none. Its texts never quote the body. */
export async function readJsonBody<Result>(
  body: Buffer,
  { reader, judge }: BodyReading<Result>,
): Promise<Result> {
  if (body.length === 0) throw invalidJson('it is empty');
  if (!isUtf8(body)) throw invalidJson('it is not encoded in UTF-8');
  try {
    return await reader.read(body, { limits: requestJsonLimits, judge });
  } catch (error) {
    throw isUnreadable(error) ? invalidJson(withoutQuote(error.message)) : error;
  }
}

/** JSON from a header, whose integers keep their digits; where it is none, throws the fault that is made of the reason. */
export function parseJsonText(text: string, faultOf: (reason: string) => Fault): unknown {
  try {
    return parseBoundedJson(text, documentJsonLimits);
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
