import { isUtf8 } from 'node:buffer';
import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { describeIssue, schemaFault } from '@weir/service-kit/schema-fault';
import { measureJson } from './json-measure.ts';

/** Far beyond any chat, and few enough to be parsed and judged in some milliseconds. */
const limits = { maxDepth: 256, maxValues: 100_000 };

/**
 * A chat request from the bytes of a body, or a Fault that says what is wrong with it and where. Its texts never
 * quote the body.
 */
export function parseChat(body: Buffer): ChatRequest {
  const parsed = chatRequestSchema.safeParse(parseJson(body), { error: describeIssue });
  if (!parsed.success) throw schemaFault(parsed.error);
  return parsed.data;
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw invalidJson('it is empty');
  if (!isUtf8(body)) throw invalidJson('it is not encoded in UTF-8');
  const { depth, values } = measureJson(body);
  if (depth > limits.maxDepth) throw invalidJson(`it is nested more than ${limits.maxDepth} levels deep`);
  if (values > limits.maxValues) throw invalidJson(`it has more than ${limits.maxValues} values`);
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw invalidJson(error instanceof Error ? withoutQuote(error.message) : 'it cannot be parsed');
  }
}

const invalidJson = (reason: string) =>
  new Fault('invalid_json', { message: `The body is not valid JSON: ${reason}.` });

/** V8 gives the place, or the offending character with the text around it: that text stays here. */
function withoutQuote(message: string): string {
  return message.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON$/s, '');
}
