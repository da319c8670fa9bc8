import type { OpenAI } from 'openai';
import type { ModelAnswer, ModelChoice } from '../model/model-answer.ts';
import { countTokens, splitChunks, splitFragments, splitTokens } from '../model/tokens.ts';
import type { Call } from '../protocol.ts';
import type { StreamRecord, StreamReply } from '../reply.ts';
import type { WithReasoning } from './chat-parts.ts';
import { completionHead, encodeFinish, encodeLogprobs, toolCallId } from './chat-parts.ts';
import type { ChatRequest } from './chat-schema.ts';
import { encodeUsage } from './chat-usage.ts';
import { SERVER_ERROR } from './errors.ts';

type ChunkChoice = OpenAI.ChatCompletionChunk.Choice;
type Delta = ChunkChoice['delta'] & WithReasoning;

/** The chunks of a streamed completion: role, content, finish, usage if it was asked for, and `[DONE]`. */
export function streamChat(request: ChatRequest, answer: ModelAnswer, call: Call): StreamReply {
  const head = { ...completionHead(request, call.serial), object: 'chat.completion.chunk' as const };
  const includesUsage = request.stream_options?.include_usage === true;
  const encodeChunk = (choices: ChunkChoice[], tokens: number): StreamRecord => {
    const chunk: OpenAI.ChatCompletionChunk = { ...head, choices, ...(includesUsage && { usage: null }) };
    return { data: JSON.stringify(chunk), tokens };
  };
  const choices = answer.choices.map((choice, index) => streamChoice(choice, index, request, call));
  const records = interleave(choices).map(({ choice, tokens }) => encodeChunk([choice], tokens));
  if (includesUsage) {
    const last: OpenAI.ChatCompletionChunk = { ...head, choices: [], usage: encodeUsage(answer.usage) };
    records.push({ data: JSON.stringify(last), tokens: 0 });
  }
  records.push({ data: '[DONE]', tokens: 0 });
  const errorRecord = { data: JSON.stringify({ error: SERVER_ERROR }), tokens: 0 };
  return { kind: 'stream', headers: {}, framing: 'sse', records, errorRecord };
}

interface ChoiceStep {
  choice: ChunkChoice;
  tokens: number;
}

function streamChoice(choice: ModelChoice, index: number, request: ChatRequest, call: Call): ChoiceStep[] {
  const steps: ChoiceStep[] = [];
  const push = (delta: Delta, spoken = '') => {
    const logprobs = spoken === '' ? null : encodeLogprobs(spoken, request);
    const tokens = countTokens(delta.reasoning_content ?? spoken);
    steps.push({ choice: { index, delta, logprobs, finish_reason: null }, tokens });
  };
  const callsTools = choice.toolCalls.length > 0;
  push({ role: 'assistant', content: callsTools ? null : '', refusal: null });
  if (call.settings.emitReasoningContent) {
    for (const text of splitTokens(choice.reasoning)) push({ reasoning_content: text });
  }
  for (const [toolIndex, toolCall] of choice.toolCalls.entries()) {
    const id = toolCallId(call.serial, index, toolIndex);
    const opening = { name: toolCall.name, arguments: '' };
    push({ tool_calls: [{ index: toolIndex, id, type: 'function', function: opening }] });
    for (const fragment of splitFragments(JSON.stringify(toolCall.arguments))) {
      push({ tool_calls: [{ index: toolIndex, function: { arguments: fragment } }] });
    }
  }
  if (!callsTools) {
    for (const text of splitChunks(choice.text, call.settings.chunks)) push({ content: text }, text);
  }
  const finish = encodeFinish(choice.finish);
  steps.push({ choice: { index, delta: {}, logprobs: null, finish_reason: finish }, tokens: 0 });
  return steps;
}

/** Choices take turns, as they do at the provider: a reader that ignores their index mixes them up. */
function interleave(choices: ChoiceStep[][]): ChoiceStep[] {
  const longest = Math.max(0, ...choices.map((steps) => steps.length));
  return Array.from({ length: longest }, (_, turn) =>
    choices.flatMap((steps) => steps.slice(turn, turn + 1)),
  ).flat();
}
