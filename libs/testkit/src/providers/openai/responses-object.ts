import type { OpenAI } from 'openai';
import type { ModelAnswer, TokenUsage } from '../model/model-answer.ts';
import { totalInputTokens } from '../model/model-answer.ts';
import type { ResponsesRequest } from './responses-schema.ts';

/** The SDK adds `output_text` itself; it does not go over the wire. */
export type WireResponse = Omit<OpenAI.Responses.Response, 'output_text'>;
/** Of all the items there are, those that the fake model says. */
export type OutputItem =
  | OpenAI.Responses.ResponseReasoningItem
  | OpenAI.Responses.ResponseOutputMessage
  | OpenAI.Responses.ResponseFunctionToolCall;

/** A response as it is while nothing of it has been said. */
export function openResponse(request: ResponsesRequest, serial: number): WireResponse {
  return {
    id: `resp_fake_${serial}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    access_programs: null,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: request.model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    service_tier: 'default',
    temperature: request.temperature ?? 1,
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map(({ type, name, parameters, description = null, strict }) => ({
      type,
      name,
      parameters,
      description,
      strict: strict ?? true,
    })),
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
  };
}

/** The same response when all has been said. */
export function closeResponse(open: WireResponse, output: OutputItem[], answer: ModelAnswer): WireResponse {
  const finish = answer.choices[0]?.finish;
  const reason =
    finish === 'length' ? 'max_output_tokens' : finish === 'refusal' ? 'content_filter' : undefined;
  return {
    ...open,
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output,
    usage: encodeUsage(answer.usage),
  };
}

/** Everything the model says, in order: its reasoning, its text, its calls. */
export function outputItems(request: ResponsesRequest, answer: ModelAnswer, serial: number): OutputItem[] {
  const [choice] = answer.choices;
  if (choice === undefined) return [];
  const items: OutputItem[] = [];
  if (choice.reasoning !== '') {
    const summarised = (request.reasoning?.summary ?? undefined) !== undefined;
    const summary = summarised ? [{ type: 'summary_text' as const, text: choice.reasoning }] : [];
    items.push({ id: `rs_fake_${serial}`, type: 'reasoning', summary });
  }
  if (choice.toolCalls.length === 0) {
    items.push({
      id: `msg_fake_${serial}`,
      type: 'message',
      role: 'assistant',
      status: choice.finish === 'stop' ? 'completed' : 'incomplete',
      content: [{ type: 'output_text', text: choice.text, annotations: [], logprobs: [] }],
    });
  }
  for (const [index, { name, arguments: input }] of choice.toolCalls.entries()) {
    const id = `fc_fake_${serial}_${index}`;
    const call_id = `call_fake_${serial}_${index}`;
    const text = JSON.stringify(input);
    items.push({ id, type: 'function_call', status: 'completed', call_id, name, arguments: text });
  }
  return items;
}

function encodeUsage(usage: TokenUsage): OpenAI.Responses.ResponseUsage {
  const inputTokens = totalInputTokens(usage);
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: inputTokens + usage.outputTokens,
  };
}
