import { chunk, type Behaviour, type Difference } from './behaviour.ts';
import {
  callsAreTheReason,
  completedUsage,
  oneNameBeside,
  ownFinishReasons,
  usableCalls,
} from './differences.ts';

interface Said {
  readonly request?: object;
  readonly finish_reason?: string;
  readonly usage?: Record<string, unknown>;
  /** Of the stream, where it is more than the whole message. */
  readonly deltas?: readonly Record<string, unknown>[];
  readonly difference?: Difference;
  readonly streamedDifference?: Difference;
}

const counted = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };

/** The same answer, whole and streamed. */
function says(name: string, message: Record<string, unknown>, said: Said = {}): Behaviour {
  const { finish_reason = 'stop', usage = counted, deltas = [toDelta(message)], ...rest } = said;
  return {
    name,
    ...rest,
    whole: { completion: { message: { role: 'assistant', ...message }, finish_reason, usage } },
    streamed: {
      sse: [
        chunk({ role: 'assistant', content: '' }),
        ...deltas.map((delta) => chunk(delta)),
        chunk({}, finish_reason),
        { $usage: usage },
        '[DONE]',
      ],
    },
  };
}

/** Calls have an index in a stream, which a whole answer does without. */
function toDelta({ tool_calls: calls, ...message }: Record<string, unknown>): Record<string, unknown> {
  return Array.isArray(calls)
    ? { ...message, tool_calls: calls.map((call: object, index) => ({ index, ...call })) }
    : message;
}

const call = (id: string, args: unknown, name = 'weather') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

const tools = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'QUJD'.repeat(100)}` } };

const text: Behaviour[] = [
  says('a text', { content: 'Hello' }),
  says(
    'a text in pieces',
    { content: 'one two three' },
    { deltas: [{ content: 'one ' }, { content: 'two ' }, { content: 'three' }] },
  ),
  says('a text of all scripts', { content: 'Xin chào, 你好, 👩‍💻 \u0000 "\\' }),
  says(
    'a character in two pieces',
    { content: '\ud83d\ude00' },
    { deltas: [{ content: '\ud83d' }, { content: '\ude00' }] },
  ),
  says('a long text', { content: 'word '.repeat(60_000) }),
  says('an empty text', { content: '' }),
  says('no content', { content: null }),
  says('an answer that was cut at its cap', { content: 'Hel' }, { finish_reason: 'length' }),
  says('a filtered answer', { content: '' }, { finish_reason: 'content_filter' }),
  says('a refusal', { content: null, refusal: 'I cannot.' }),
  says(
    'a finish reason that nobody knows',
    { content: 'Hello' },
    { finish_reason: 'eos', difference: ownFinishReasons },
  ),
  says(
    'a text that is JSON',
    { content: '{"city":"Oslo"}' },
    { request: { response_format: { type: 'json_object' } } },
  ),
];

const calls: Behaviour[] = [
  says(
    'a tool call',
    { tool_calls: [call('c1', '{"city":"Oslo"}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'two tool calls',
    { tool_calls: [call('c1', '{"city":"Oslo"}'), call('c2', '{"city":"Huế"}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'a text and a tool call',
    { content: 'Wait.', tool_calls: [call('c1', '{}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'arguments in pieces',
    { tool_calls: [call('c1', '{"city":"Oslo"}')] },
    {
      finish_reason: 'tool_calls',
      request: { tools },
      deltas: [
        { tool_calls: [{ index: 0, ...call('c1', '') }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] },
      ],
    },
  ),
  says(
    'integers beyond 2^53 in arguments',
    { tool_calls: [call('c1', '{"id":9007199254740993}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'a forced call that ends with stop',
    { tool_calls: [call('c1', '{}')] },
    { request: { tools, tool_choice: { type: 'function', function: { name: 'weather' } } } },
  ),
  says(
    'a call of a custom tool',
    { tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'grep', input: 'x' } }] },
    { finish_reason: 'tool_calls' },
  ),
  says(
    'a call in the older form',
    { function_call: { name: 'weather', arguments: '{}' } },
    { finish_reason: 'function_call' },
  ),
  says(
    'a call that ends with stop',
    { tool_calls: [call('c1', '{}')] },
    { request: { tools }, difference: callsAreTheReason },
  ),
  says(
    'a call without arguments',
    { tool_calls: [call('c1', '')] },
    { finish_reason: 'tool_calls', request: { tools }, difference: usableCalls },
  ),
  says(
    'a call with an object as its arguments',
    { tool_calls: [call('c1', { city: 'Oslo' })] },
    { finish_reason: 'tool_calls', request: { tools }, difference: usableCalls },
  ),
  says(
    'two calls at one index',
    { tool_calls: [call('c1', '{}'), call('c2', '{}')] },
    {
      finish_reason: 'tool_calls',
      request: { tools },
      deltas: [
        { tool_calls: [{ index: 0, ...call('c1', '{}') }] },
        { tool_calls: [{ index: 0, ...call('c2', '{}') }] },
      ],
      streamedDifference: usableCalls,
    },
  ),
];

const beyondText: Behaviour[] = [
  says('reasoning', { content: '42', reasoning_content: 'Six by nine.' }),
  says(
    'reasoning by another name',
    { content: '42', reasoning: 'Six by nine.' },
    { difference: oneNameBeside },
  ),
  says('signed reasoning', {
    content: '42',
    reasoning_details: [{ type: 'reasoning.text', text: 'Six.', signature: 'c2ln', index: 0 }],
  }),
  says('an image', { content: '', images: [image] }),
  says('an image and a text', { content: 'A cat.', images: [image] }),
  says('audio', {
    content: null,
    audio: { id: 'a1', data: 'QUJD', transcript: 'Hello', expires_at: 1_800_000_000 },
  }),
  says('annotations', {
    content: 'See.',
    annotations: [
      {
        type: 'url_citation',
        url_citation: { url: 'https://example.com', title: 'x', start_index: 0, end_index: 3 },
      },
    ],
  }),
  says('a field that nobody knows', { content: 'Hello', mood: 'good' }),
  says('a field that nobody knows, alone', { content: '', mood: 'good' }),
];

const usages: Behaviour[] = [
  says(
    'usage with details',
    { content: 'hi' },
    {
      usage: {
        ...counted,
        prompt_tokens_details: { cached_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    },
  ),
  says('usage with a field that nobody knows', { content: 'hi' }, { usage: { ...counted, cost: 0.0001 } }),
  says(
    'usage without its total',
    { content: 'hi' },
    { usage: { prompt_tokens: 12, completion_tokens: 7 }, difference: completedUsage },
  ),
  says(
    'usage with a null',
    { content: 'hi' },
    { usage: { prompt_tokens: 12, completion_tokens: null, total_tokens: 12 }, difference: completedUsage },
  ),
];

export const answers: readonly Behaviour[] = [...text, ...calls, ...beyondText, ...usages];
