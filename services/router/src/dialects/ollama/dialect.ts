import type { Dialect, ResponseContext, ParsedCompletion } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { invalid } from '../parse-response.ts';
import { ollamaFault, parseRecord } from './provider-error.ts';
import { toRequest } from './request.ts';
import { OllamaStreamParser } from './stream-parser.ts';
import type { CompletionMessage } from '@weir/contracts/chat/completion';
import { responseHead, writeCompletion } from '../response-writer.ts';
import { saysSomething, toFinishReason, ToolCallReader, toUsageRecord } from './wire.ts';

/** Ollama's own protocol, `/api/chat`. A key is needed by hosted servers only. */
export const ollamaDialect: Dialect = {
  name: 'ollama',
  framing: 'ndjson',
  headers: (apiKey): Record<string, string> =>
    apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  buildRequest: toRequest,
  parseCompletion: toCompletion,
  createStreamParser: (context) => new OllamaStreamParser(context),
  parseError: (status, body) => ollamaFault(status, readErrorBody(body)),
};

/** Reads a whole answer. Throws a Fault where it reports an error, or cannot be understood. */
export function toCompletion(answer: string, context: ResponseContext): ParsedCompletion {
  const record = parseRecord(answer);
  const isEmpty = !saysSomething(record);
  if (isEmpty && !record.done) throw invalid('Empty');
  const reader = new ToolCallReader(context.requestId);
  const calls = reader.read(record);
  const usage = toUsageRecord(record, context);
  const message: CompletionMessage = {
    role: 'assistant',
    content: record.message?.content ?? '',
    ...(record.message?.thinking && { reasoning_content: record.message.thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const head = responseHead(context, { model: usage.modelServed });
  const finishReason = toFinishReason(record, calls.length > 0);
  return {
    body: writeCompletion({ head, message, finishReason, usage }),
    usage,
    warnings: reader.warnings,
    isEmpty,
  };
}
