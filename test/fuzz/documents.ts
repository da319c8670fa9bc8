/** What callers and neighbours send, with as many fields as it may have: what the generators make others of. */

const functionCall = (args: string) => ({ name: 'f', arguments: args });

export const chatRequest = {
  model: 'm',
  messages: [
    { role: 'system', content: 'Be short.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hello' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
      ],
      name: 'ann',
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: functionCall('{"a":[1]}') }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'Done' },
  ],
  tools: [
    {
      type: 'function',
      function: {
        name: 'f',
        description: 'Does',
        parameters: { type: 'object', properties: { a: { type: 'array', items: { type: 'integer' } } } },
        strict: false,
      },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } },
  temperature: 0.5,
  max_tokens: 10,
  n: 1,
  stop: ['x'],
  seed: 1,
  user: 'ann',
  logit_bias: { 50256: -100 },
  metadata: { a: 'b' },
  stream: false,
  stream_options: { include_usage: true },
};

/** `$upstream` and `$key` are put in later. */
const target = {
  provider: 'openai',
  custom_host: '$upstream',
  api_key: '$key',
  weight: 1,
  override_params: { temperature: 0 },
  retry: { attempts: 2, on_status_codes: [429] },
  request_timeout: 5_000,
};

export const routingConfig = {
  strategy: {
    mode: 'conditional',
    conditions: [
      {
        query: { $and: [{ 'metadata.a': { $eq: 'b' } }, { 'params.user': { $regex: '^a{1,3}' } }] },
        then: 'one',
      },
    ],
    default: 'one',
  },
  targets: [
    { name: 'one', strategy: { mode: 'fallback', on_status_codes: [500] }, targets: [target, target] },
  ],
  cache: { mode: 'simple', max_age: 60 },
};

/** A message on the bus has its envelope in headers. */
export const envelope = {
  requestId: 'r',
  tenant: 'default',
  caller: { keyId: 'k', tags: ['t'] },
  deadlineMs: 9_999_999_999_999,
  metadata: { a: 'b' },
};
