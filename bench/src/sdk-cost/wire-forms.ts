/** What each provider is asked, and answers, in the benchmark of what the SDKs cost. */
export interface WireForm {
  /** Where the provider's chat is, from the root. */
  readonly path: string;
  readonly contentType: string;
  /** The whole answer of a request that does not stream. */
  readonly answer: string;
  /** The events of a streamed answer, framed as they are sent. */
  readonly events: readonly string[];
}

/** The pieces of content in a streamed answer; the events around them are not counted. */
export const contentChunks = 100;

const text = 'The quick brown fox jumps over the lazy dog while the band plays on. '.repeat(14);
const words = Array.from({ length: contentChunks }, (_, index) => `word${index} `);

const sse = (data: object, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const line = (data: object) => `${JSON.stringify(data)}\n`;

const openaiHead = { id: 'chatcmpl-1', created: 1_767_000_000, model: 'gpt-5-mini', service_tier: 'default' };
const openaiUsage = {
  prompt_tokens: 120,
  completion_tokens: 240,
  total_tokens: 360,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const openaiChunk = (choices: object[], usage: object | null = null) =>
  sse({ ...openaiHead, object: 'chat.completion.chunk', choices, usage });
const choice = (delta: object, finishReason: string | null = null) => [
  { index: 0, delta, logprobs: null, finish_reason: finishReason },
];

const openai: WireForm = {
  path: '/v1/chat/completions',
  contentType: 'text/event-stream',
  answer: JSON.stringify({
    ...openaiHead,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: openaiUsage,
  }),
  events: [
    openaiChunk(choice({ role: 'assistant', content: '' })),
    ...words.map((content) => openaiChunk(choice({ content }))),
    openaiChunk(choice({}, 'stop')),
    openaiChunk([], openaiUsage),
    'data: [DONE]\n\n',
  ],
};

const anthropicMessage = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5' };
const anthropicUsage = { input_tokens: 120, output_tokens: 240 };

const anthropic: WireForm = {
  path: '/v1/messages',
  contentType: 'text/event-stream',
  answer: JSON.stringify({
    ...anthropicMessage,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: anthropicUsage,
  }),
  events: [
    sse(
      { type: 'message_start', message: { ...anthropicMessage, content: [], usage: anthropicUsage } },
      'message_start',
    ),
    sse(
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      'content_block_start',
    ),
    ...words.map((word) =>
      sse(
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: word } },
        'content_block_delta',
      ),
    ),
    sse({ type: 'content_block_stop', index: 0 }, 'content_block_stop'),
    sse(
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: anthropicUsage },
      'message_delta',
    ),
    sse({ type: 'message_stop' }, 'message_stop'),
  ],
};

const ollamaHead = { model: 'llama3.2', created_at: '2026-01-01T00:00:00.000000Z' };
const ollamaEnd = { done: true, done_reason: 'stop', prompt_eval_count: 120, eval_count: 240 };
const says = (content: string) => ({ message: { role: 'assistant', content } });

const ollama: WireForm = {
  path: '/api/chat',
  contentType: 'application/x-ndjson',
  answer: JSON.stringify({ ...ollamaHead, ...says(text), ...ollamaEnd }),
  events: [
    ...words.map((word) => line({ ...ollamaHead, ...says(word), done: false })),
    line({ ...ollamaHead, ...says(''), ...ollamaEnd }),
  ],
};

export const wireForms = { openai, anthropic, ollama };
