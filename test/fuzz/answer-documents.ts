/** What providers answer, in each dialect and with as many fields as it may have. */

const functionCall = (args: string) => ({ name: 'f', arguments: args });

const usage = {
  prompt_tokens: 5,
  completion_tokens: 3,
  total_tokens: 8,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 1 },
};

const head = { id: 'c', created: 1, model: 'm' };

const toolCall = { index: 0, id: 'call_1', type: 'function', function: functionCall('{"a":1}') };

const logprobs = {
  content: [
    { token: 'Hi', logprob: -1, bytes: [72, 105], top_logprobs: [{ token: 'Hi', logprob: -1, bytes: null }] },
  ],
};

const anthropicUsage = {
  input_tokens: 5,
  output_tokens: 3,
  cache_read_input_tokens: 1,
  cache_creation_input_tokens: 0,
};

const ollamaCounts = {
  total_duration: 1,
  load_duration: 1,
  prompt_eval_count: 5,
  prompt_eval_duration: 1,
  eval_count: 3,
  eval_duration: 1,
};

export const dialects = ['openai', 'anthropic', 'ollama'] as const;

export type Dialect = (typeof dialects)[number];

/** Whole answers. */
export const answers: Readonly<Record<Dialect, object>> = {
  openai: {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hi',
          refusal: null,
          reasoning_content: 'Hm',
          tool_calls: [toolCall],
        },
        logprobs,
        finish_reason: 'stop',
      },
    ],
    usage,
    system_fingerprint: 'f',
    service_tier: 'default',
  },
  anthropic: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 's' },
      { type: 'text', text: 'Hi', citations: null },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
    ],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: anthropicUsage,
  },
  ollama: {
    model: 'm',
    created_at: '2026-01-01T00:00:00Z',
    message: {
      role: 'assistant',
      content: 'Hi',
      thinking: 'Hm',
      tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }],
    },
    done: true,
    done_reason: 'stop',
    ...ollamaCounts,
  },
};

const delta = (fields: object, finish: string | null = null) => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: fields, finish_reason: finish, logprobs: null }],
});

/** Streams, an event or a line each. */
export const streams: Readonly<Record<Dialect, readonly object[]>> = {
  openai: [
    delta({ role: 'assistant', content: '' }),
    delta({ content: 'Hi' }),
    delta({ tool_calls: [toolCall] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: '}' } }] }),
    delta({}, 'stop'),
    { ...head, object: 'chat.completion.chunk', choices: [], usage },
  ],
  anthropic: [
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: anthropicUsage,
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
    },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
    { type: 'content_block_stop', index: 1 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 3 },
    },
    { type: 'message_stop' },
  ],
  ollama: [
    {
      model: 'm',
      created_at: '2026-01-01T00:00:00Z',
      message: { role: 'assistant', content: 'Hi' },
      done: false,
    },
    {
      model: 'm',
      created_at: '2026-01-01T00:00:00Z',
      message: {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }],
      },
      done: false,
    },
    {
      model: 'm',
      created_at: '2026-01-01T00:00:00Z',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      ...ollamaCounts,
    },
  ],
};

export const providerError = {
  error: { message: 'It is wrong', type: 'invalid_request_error', param: 'messages', code: 'bad' },
};
