import type { ChatRequest } from '@weir/contracts/chat/request';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { estimateTokens } from '@weir/pricing/estimate-tokens';
import { inputTokensOf } from '@weir/pricing/usage-tokens';
import { StreamedOutput } from '../dialects/streamed-output.ts';
import type { OutputCount } from '../domain/dialect.ts';

/** What is known of an attempt whose usage the provider has not told, or not to the end. */
export interface SeenAttempt {
  /** What was sent. */
  readonly chat: ChatRequest;
  readonly latencyMs: number;
  /** The most that it may have put out. */
  readonly maxOutputTokens: number;
  /** Of a stream: what has come of it, and whether that is all that was generated. */
  readonly stream: { readonly output: OutputCount; readonly isOutputVisible: boolean } | undefined;
  /** A whole answer, if it has come. */
  readonly body: string | undefined;
}

/** About what the fast models generate: what nobody has seen is not estimated too low. */
const outputTokensPerSecond = 200;

/** An image, a sound or a file. */
const attachmentTokens = 1_000;

/**
 * The usage of an attempt that may be billed, as far as it can be told without the provider. What the provider did tell is
 * kept: Anthropic's streams begin with the input. Never nothing.
 */
export function estimateUsage(reported: UsageRecord, seen: SeenAttempt): UsageRecord {
  const isInputKnown = inputTokensOf(reported) > 0;
  return {
    ...reported,
    ...(!isInputKnown && { uncachedInputTokens: estimateInput(seen.chat) }),
    outputTokens: Math.max(reported.outputTokens, Math.min(estimateOutput(seen), seen.maxOutputTokens)),
    source: 'estimated',
  };
}

function estimateOutput({ stream, body, latencyMs }: SeenAttempt): number {
  if (body !== undefined) return outputOf(body).tokens;
  const unseen = Math.ceil(Math.max(1, latencyMs / 1_000) * outputTokensPerSecond);
  if (!stream) return unseen;
  return stream.isOutputVisible ? stream.output.tokens : Math.max(stream.output.tokens, unseen);
}

/** Of a whole `chat.completion`. */
function outputOf(body: string): StreamedOutput {
  const output = new StreamedOutput();
  const completion = chatCompletionSchema.safeParse(JSON.parse(body)).data;
  for (const { message } of completion?.choices ?? []) {
    const { content, reasoning_content, refusal, tool_calls } = message;
    const calls = (tool_calls ?? []).map((call, index) =>
      call.type === 'function'
        ? { index, function: call.function }
        : { index, function: { name: call.custom.name, arguments: call.custom.input } },
    );
    output.add({ content, reasoning_content, refusal, tool_calls: calls });
  }
  return output;
}

/** The fields that hold an attachment, or say where it is. */
const attachmentFields = new Set(['image_url', 'input_audio', 'file']);

function estimateInput({ messages, tools, response_format: format }: ChatRequest): number {
  let attachments = 0;
  const text = JSON.stringify([messages, tools, format], (name, value: unknown) => {
    if (!attachmentFields.has(name) || typeof value !== 'object') return value;
    attachments++;
    return undefined;
  });
  return estimateTokens(text) + attachments * attachmentTokens;
}
