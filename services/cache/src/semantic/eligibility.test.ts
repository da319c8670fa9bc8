import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { cacheOrder } from '../../test/entry-harness.ts';
import { questionOf } from './eligibility.ts';

const chat = (content: unknown, fields: object = {}) =>
  chatRequestSchema.parse({ model: 'gpt-5-mini', messages: [{ role: 'user', content }], ...fields });

const ask = (...given: Parameters<typeof chat>) => questionOf(chat(...given), cacheOrder());

test.each([
  ['How do I reset a password?', 'How do I reset a password?'],
  [' Làm sao để mở thẻ tín dụng? ', 'Làm sao để mở thẻ tín dụng?'],
  [
    [
      { type: 'text', text: 'One' },
      { type: 'text', text: 'two?' },
    ],
    'One\ntwo?',
  ],
  ['My card was declined, why?', 'My card was declined, why?'],
  ['What does nowhere mean?', 'What does nowhere mean?'],
  ['What is the time limit for a refund?', 'What is the time limit for a refund?'],
  ['Cửa hàng mở cửa lúc mấy giờ?', 'Cửa hàng mở cửa lúc mấy giờ?'],
])('%j is a question', (content, question) => {
  expect(ask(content)).toBe(question);
});

test.each([
  ['of now', 'What is the weather today?'],
  ['of the newest', 'Phiên bản mới nhất của Node là gì?'],
  ['of now, without diacritics', 'Gia vang hom nay bao nhieu'],
  ['of the hour', 'What time is it in Hanoi?'],
  ['of the date', 'What’s the date?'],
  ['of the day, in Vietnamese', 'Thứ mấy rồi?'],
  ['of now, in wide letters', 'Weather ｔｏｄａｙ?'],
  ['of now, with what is not seen', 'Weather to\u200bday?'],
  ['of last week', 'Who won last week?'],
  ['of one’s own account', 'What is the balance of my savings account?'],
  ['of one’s own order', 'Đơn hàng của tôi đang ở đâu?'],
  ['with an address', 'Is nguyen.van.an@example.com a good address?'],
  ['with a phone number', 'Gọi số 0912 345 678 cho ai?'],
  ['with what guardrails put there', 'Who is [PERSON_1]?'],
  ['without words', '  '],
  ['that is long', 'word '.repeat(400)],
  [
    'with an image',
    [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ],
  ],
])('a question %s is not taken', (_, content) => {
  expect(ask(content)).toBeUndefined();
});

const tool = { type: 'function', function: { name: 'f', parameters: {} } };

test.each([
  ['tools', { tools: [tool] }],
  ['several answers', { n: 2 }],
  ['sound', { modalities: ['text', 'audio'] }],
  ['a search', { web_search_options: {} }],
  ['probabilities', { logprobs: true }],
])('a request for %s is not taken', (_, fields) => {
  expect(ask('How?', fields)).toBeUndefined();
});

test('a request is taken up to a temperature, and one that names none has 1', () => {
  const at = (maxTemperature: number, fields: object) =>
    questionOf(chat('How?', fields), cacheOrder({ maxTemperature }));
  expect(at(0.5, {})).toBeUndefined();
  expect(at(0.5, { temperature: 0.6 })).toBeUndefined();
  expect(at(0.5, { temperature: 0.5 })).toBe('How?');
});

test.each([
  [
    'the last word is the assistant’s',
    [
      { role: 'user', content: 'How?' },
      { role: 'assistant', content: 'So' },
    ],
  ],
  [
    'a tool has spoken',
    [
      { role: 'user', content: 'How?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'user', content: 'And?' },
    ],
  ],
])('a conversation is not taken where %s', (_, messages) => {
  expect(ask('', { messages })).toBeUndefined();
});
