import type { Anthropic } from '@anthropic-ai/sdk';
import type { Finish, ModelAnswer, TokenUsage } from '../model/model-answer.ts';
import type { MessageRequest } from './message-schema.ts';

/** Of all the blocks there are, those that the fake model says. */
export type SpokenBlock = Anthropic.TextBlock | Anthropic.ThinkingBlock | Anthropic.ToolUseBlock;

/** The message as it is when all has been said. */
export function encodeMessage(
  request: MessageRequest,
  answer: ModelAnswer,
  serial: number,
): Anthropic.Message {
  const [choice] = answer.choices;
  const finish = choice?.finish ?? 'stop';
  return {
    id: `msg_fake_${serial}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    container: null,
    content: spokenBlocks(answer, serial),
    diagnostics: null,
    stop_reason: encodeFinish(finish),
    stop_sequence: choice?.stopSequence ?? null,
    stop_details: finish === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    usage: encodeUsage(answer.usage),
  };
}

/** Anthropic's input tokens exclude the cached ones. */
export function encodeUsage(usage: TokenUsage): Anthropic.Usage {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    inference_geo: 'global',
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
  };
}

/** The model's thinking, its text and its calls, in that order. */
function spokenBlocks(answer: ModelAnswer, serial: number): SpokenBlock[] {
  const [choice] = answer.choices;
  if (choice === undefined) return [];
  const blocks: SpokenBlock[] = [];
  if (choice.reasoning !== '') {
    blocks.push({ type: 'thinking', thinking: choice.reasoning, signature: `signature-${serial}` });
  }
  if (choice.text !== '') blocks.push({ type: 'text', text: choice.text, citations: null });
  for (const [index, { name, arguments: input }] of choice.toolCalls.entries()) {
    const id = `toolu_fake_${serial}_${index}`;
    blocks.push({ type: 'tool_use', id, name, input, caller: { type: 'direct' } });
  }
  return blocks;
}

function encodeFinish(finish: Finish): Anthropic.StopReason {
  switch (finish) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool_calls':
      return 'tool_use';
    case 'stop_sequence':
    case 'refusal':
      return finish;
  }
}
