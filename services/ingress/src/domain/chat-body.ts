import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { parseJsonBody } from './json-body.ts';

/**
 * A chat request from the bytes of a body, or a Fault that says what is wrong with it and where. Its texts never
 * quote the body.
 */
export function parseChat(body: Buffer): ChatRequest {
  return parseOrFault(chatRequestSchema, parseJsonBody(body));
}
