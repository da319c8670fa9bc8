import type { OpenAI } from 'openai';
import { tokenLogprobs } from '../model/logprobs.ts';
import type { Finish } from '../model/model-answer.ts';
import type { ChatRequest } from './chat-schema.ts';

/** Compatible hosts show the reasoning in a field that OpenAI itself does not have. */
export interface WithReasoning {
  reasoning_content?: string;
}

/** The fields that a completion and each chunk of a stream have in common. */
export function completionHead(request: ChatRequest, serial: number) {
  const tier = request.service_tier ?? 'auto';
  return {
    id: `chatcmpl-fake-${serial}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: tier === 'auto' ? ('default' as const) : tier,
    system_fingerprint: 'fp_fake',
  };
}

export function encodeFinish(finish: Finish): OpenAI.ChatCompletion.Choice['finish_reason'] {
  switch (finish) {
    case 'stop':
    case 'stop_sequence':
      return 'stop';
    case 'refusal':
      return 'content_filter';
    case 'length':
    case 'tool_calls':
      return finish;
  }
}

export function encodeLogprobs(text: string, request: ChatRequest): OpenAI.ChatCompletion.Choice['logprobs'] {
  if (request.logprobs !== true) return null;
  return { content: tokenLogprobs(text, request.top_logprobs ?? 0), refusal: null };
}

/** No two calls of one answer have the same id, nor have two answers. */
export function toolCallId(serial: number, choice: number, index: number): string {
  return `call_fake_${serial}_${choice}_${index}`;
}
