import type { ChatRequest } from '@weir/contracts/chat/request';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf } from '@weir/pricing/usage-tokens';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { safeParse } from '@weir/service-kit/schema-fault';
import { attachmentsOf } from '../admission/attachments.ts';
import { StreamedOutput } from '../dialects/streamed-output.ts';
import type { OutputCount } from '../domain/dialect.ts';
import { estimateText } from '@weir/pricing/estimate-text';

/** What is known of an attempt whose usage the provider has not told, or not to the end. */
export interface SeenAttempt {
  /** What was sent. */
  readonly chat: ChatRequest;
  /** The same in the words of the target's dialect, as JSON. */
  readonly body: string;
  readonly latencyMs: number;
  /** The most that it may have put out. */
  readonly maxOutputTokens: number;
  /** Of a stream: what has come of it, and whether that is all that was generated. */
  readonly stream: { readonly output: OutputCount; readonly isOutputVisible: boolean } | undefined;
  /** A whole answer, if it has come. */
  readonly completion: string | undefined;
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
    ...(!isInputKnown && { uncachedInputTokens: estimateInput(seen) }),
    outputTokens: Math.max(reported.outputTokens, Math.min(estimateOutput(seen), seen.maxOutputTokens)),
    source: 'estimated',
  };
}

function estimateOutput({ stream, completion, latencyMs }: SeenAttempt): number {
  if (completion !== undefined) return outputOf(completion).tokens;
  const unseen = Math.ceil(Math.max(1, latencyMs / 1_000) * outputTokensPerSecond);
  if (!stream) return unseen;
  return stream.isOutputVisible ? stream.output.tokens : Math.max(stream.output.tokens, unseen);
}

/** Of a whole `chat.completion`. */
function outputOf(text: string): StreamedOutput {
  const output = new StreamedOutput();
  const completion = safeParse(chatCompletionSchema, parseMeasuredJson(text)).data;
  for (const { message } of completion?.choices ?? []) {
    const { content, reasoning_content, refusal, tool_calls } = message;
    const calls = (tool_calls ?? []).map((call, index) =>
      call.type === 'custom'
        ? { index, function: { name: call.custom.name, arguments: call.custom.input } }
        : { index, ...(call.type === 'function' && { function: call.function }) },
    );
    output.add({ content, reasoning_content, refusal, tool_calls: calls });
  }
  return output;
}

/** Where there is base64, which is not read: some characters of what is left are a token. */
const charactersPerToken = 3;

function estimateInput({ chat, body }: SeenAttempt): number {
  const attachments = attachmentsOf(chat);
  const base64Length = attachments.reduce((sum, attachment) => sum + attachment.base64Length, 0);
  const textTokens =
    base64Length > 0
      ? Math.ceil(Math.max(1, body.length - base64Length) / charactersPerToken)
      : estimateText(body);
  return textTokens + attachments.length * attachmentTokens;
}
