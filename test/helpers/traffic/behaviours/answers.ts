import type { Behaviour } from './behaviour.ts';
import { completedUsage, oneNameBeside, ownFinishReasons } from './differences.ts';
import { counted, says } from './says.ts';

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

export const answers: readonly Behaviour[] = [...text, ...beyondText, ...usages];
