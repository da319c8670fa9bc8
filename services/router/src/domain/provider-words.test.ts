import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanWords, maxWordsLength } from './provider-words.ts';

test.each([
  'tool_choice auto requires a parser to be set',
  "This model's maximum context length is 128000 tokens. However, you requested 130512 tokens (130000 in the messages, 512 in the completion).",
  "Invalid value: 'xhigh'. Supported values are: 'low', 'medium', and 'high'.",
  'body.messages.0.content: Field required; body.n: Input should be greater than 0',
  'messages.3.content.1.tool_result: unexpected `tool_use_id` found in `tool_result` blocks: toolu_01A09q90qw90lq917835lq9',
  'No tool output found for function call call_abc123DEF456ghi789JKL012.',
  'The model `claude-sonnet-4-5-20250929` is gone, use `gpt-4.1-mini`, `meta-llama/Llama-3.3-70B-Instruct-Turbo` or llama3.2:3b',
  'tools.0.bash_code_execution_20250825: Extra inputs are not permitted',
  '/messages/0/content must be string',
  "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  'body.messages.1.tool_calls.0.id: Field required',
  'tools.0.function.parameters.properties.in: no such type',
  'Invalid URL (POST /v1/v1/chat/completions)',
  'max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-1-20250805',
  'Mô hình này không có, xin chọn mô hình khác',
  'The request has 3.5 images and/or audio parts at 12:30:45',
])('what a developer has to know stays as it is: %s', (words) => {
  expect(cleanWords(words)).toBe(words);
});

test.each([
  ['Incorrect API key provided: sk-proj-abcdEFGH1234.', 'Incorrect API key provided: [key]'],
  ['Incorrect API key provided: sk-ab***********xyz. See', 'Incorrect API key provided: [key] See'],
  ['bad Authorization Bearer abc.def-123', 'bad Authorization [key]'],
  ['key AIzaSyA1234567890abcdef refused', 'key [key] refused'],
  ['key gsk_1234567890abc refused', 'key [key] refused'],
  ['key whsec_abcdefghijkl refused', 'key [key] refused'],
  ['key npm_abcdefghijkl refused', 'key [key] refused'],
  ['token eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln refused', 'token [key] refused'],
  ['key 0123456789abcdef0123456789abcdef refused', 'key [key] refused'],
  ['key 6f1c2a34-9b1d-4c2e-8f00-1234567890ab refused', 'key [key] refused'],
  ['key sk-weir-abc12345-0123456789abcdef refused', 'key [key] refused'],
  ['limit of org-AbC123def456 reached', 'limit of [key] reached'],
  ['see https://user:pass@llm.internal:8000/v1?key=1 for more', 'see [url] for more'],
  ['cannot reach vllm-0.vllm.default.svc:8000 now', 'cannot reach [host] now'],
  ['cannot reach gpu-box:8000 now', 'cannot reach [host] now'],
  ['cannot reach localhost:11434 now', 'cannot reach [host] now'],
  ['cannot reach api.openai.com now', 'cannot reach [host] now'],
  ['cannot reach ip-10-0-0-12.ec2.internal now', 'cannot reach [host] now'],
  ['cannot reach 10.1.2.3:8000 now', 'cannot reach [address] now'],
  ['cannot reach [fd00::1]:8000 or fe80::1 now', 'cannot reach [address] or [address] now'],
  ['ask ops@acme.example or 0912345678 about it', 'ask [email] or [phone] about it'],
  ['cannot read /opt/vllm/weights/x.bin now', 'cannot read [path] now'],
  [String.raw`cannot read C:\models\x.bin now`, 'cannot read [path] now'],
  ['cannot read /models/llama/weights.safetensors now', 'cannot read [path] now'],
  ['cannot read C:/models/x.bin now', 'cannot read [path] now'],
  [String.raw`cannot read \\fileserver\models\x.bin now`, 'cannot read [path] now'],
  ['in vllm/engine/serving.py, or serving.py:12 now', 'in [path], or [path] now'],
  [
    'it broke\nTraceback (most recent call last):\n  File "/a/b.py", line 1, in c\nValueError: no',
    'it broke',
  ],
  ['it broke\n    at Server.handle (/app/server.js:12:3)', 'it broke'],
  ['two\n\tlines\u0000and\u001b[31m colours', 'two lines and [31m colours'],
  ['right\u202eto\u2066left\u200b', 'righttoleft'],
  ['key s\u200bk\u200b-abcdEFGH1234 refused', 'key [key] refused'],
  ['key ｓｋ－abcdEFGH1234 refused', 'key [key] refused'],
  ['it says "no"', "it says 'no'"],
])('%j is shown as %j', (words, shown) => {
  expect(cleanWords(words)).toBe(shown);
});

test.each([
  '',
  ' \n ',
  '<!DOCTYPE html><html><body>Bad gateway</body></html>',
  'Error: <div>no</div>',
  '<img src=x onerror=alert(1)> is wrong',
  'See <a href="javascript:alert(1)">this</a>',
  'https://llm.example/docs',
  'sk-abcdEFGH1234',
  'Traceback (most recent call last):\n  File "/a/b.py", line 1',
])('%j says nothing that could be shown', (words) => {
  expect(cleanWords(words)).toBeUndefined();
});

test('words are short, whole characters, and of one line, whatever was written', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom(
      'x'.repeat(600),
      '😀'.repeat(300),
      '\n',
      '"',
      '/a/b',
      'a.b.',
      '::',
      '***',
      'ﷺ'.repeat(200),
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const shown = cleanWords(pieces.join('')) ?? '';
      expect(shown.length).toBeLessThanOrEqual(maxWordsLength);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown).not.toMatch(/["\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('no text, however it is made, takes long to read', () => {
  const units = [
    'a',
    'a.',
    'a-',
    'a1_',
    '/a',
    '*',
    'a@',
    ':',
    '1.',
    'sk-',
    ' at a',
    '\n',
    'a b ',
    '-----BEGIN',
  ];
  for (const unit of units) {
    const startedMs = performance.now();
    cleanWords(unit.repeat(100_000));
    expect(performance.now() - startedMs).toBeLessThan(250);
  }
});
