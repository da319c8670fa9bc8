import type { ChatResponse } from 'ollama';
import { tokenLogprobs } from '../model/logprobs.ts';
import type { Finish, ModelAnswer } from '../model/model-answer.ts';
import { totalInputTokens } from '../model/model-answer.ts';
import { countTokens, splitChunks, splitTokens } from '../model/tokens.ts';
import type { ToolCall } from '../model/tool-calls.ts';
import type { CallSettings } from '../protocol.ts';
import type { JsonReply, StreamRecord, StreamReply } from '../reply.ts';
import { jsonReply } from '../reply.ts';
import { SERVER_ERROR } from './errors.ts';
import type { ChatRequest, GenerateRequest } from './schemas.ts';

/** What one record says; the two text routes put it under different names. */
export interface Saying {
  content: string;
  thinking?: string;
  toolCalls?: ToolCall[];
}

interface AnswerParts {
  request: ChatRequest | GenerateRequest;
  answer: ModelAnswer;
  settings: CallSettings;
  /** Puts what is said under the route's own names. */
  encode: (saying: Saying) => object;
}

const TOKEN_DURATION_NS = 1_000_000;

/** The answer of a text route: one JSON object, or NDJSON records of which the last says `done`. */
export function encodeAnswer(parts: AnswerParts, streams: boolean): JsonReply | StreamReply {
  const { answer, encode, request } = parts;
  const head = { model: request.model, created_at: new Date().toISOString() };
  const [choice] = answer.choices;
  const done = { ...head, done: true, ...doneCounters(answer, choice?.finish ?? 'stop') };
  if (streams) {
    const records = [
      ...sayings(parts).map((saying) =>
        encodeRecord({ ...head, ...spoken(saying, parts), done: false }, saying),
      ),
      { data: JSON.stringify({ ...done, ...encode({ content: '' }) }), tokens: 0 },
    ];
    const errorRecord = { data: JSON.stringify({ error: SERVER_ERROR }), tokens: 0 };
    return { kind: 'stream', headers: {}, framing: 'ndjson', records, errorRecord };
  }
  const whole: Saying = {
    content: choice?.text ?? '',
    ...(choice?.reasoning && { thinking: choice.reasoning }),
    ...(choice?.toolCalls.length && { toolCalls: choice.toolCalls }),
  };
  return jsonReply({ ...done, ...spoken(whole, parts) }, { tokens: answer.usage.outputTokens });
}

function sayings({ answer, settings }: AnswerParts): Saying[] {
  const [choice] = answer.choices;
  if (choice === undefined) return [];
  return [
    ...splitTokens(choice.reasoning).map((thinking) => ({ content: '', thinking })),
    ...splitChunks(choice.text, settings.chunks).map((content) => ({ content })),
    // Ollama parses a call before it sends it: every call comes whole, in a record of its own.
    ...choice.toolCalls.map((call) => ({ content: '', toolCalls: [call] })),
  ];
}

function spoken(saying: Saying, { request, encode }: AnswerParts): object {
  if (request.logprobs !== true) return encode(saying);
  return { ...encode(saying), logprobs: tokenLogprobs(saying.content, request.top_logprobs ?? 0) };
}

function encodeRecord(record: object, { content, thinking = '' }: Saying): StreamRecord {
  return { data: JSON.stringify(record), tokens: countTokens(content) + countTokens(thinking) };
}

type DoneCounters = Omit<ChatResponse, 'model' | 'created_at' | 'message' | 'done' | 'logprobs'>;

function doneCounters({ usage }: ModelAnswer, finish: Finish): DoneCounters {
  const inputTokens = totalInputTokens(usage);
  return {
    done_reason: finish === 'length' ? 'length' : 'stop',
    total_duration: (inputTokens + usage.outputTokens) * TOKEN_DURATION_NS,
    load_duration: TOKEN_DURATION_NS,
    prompt_eval_count: inputTokens,
    prompt_eval_duration: inputTokens * TOKEN_DURATION_NS,
    eval_count: usage.outputTokens,
    eval_duration: usage.outputTokens * TOKEN_DURATION_NS,
  };
}
