import { expect, test } from 'vitest';
import { readContent, saysSomething } from './host-content.ts';

test.each([
  [{ role: 'assistant' }],
  [{ role: 'assistant', content: '', refusal: null, tool_calls: [], audio: null, function_call: null }],
  [{ content: null, reasoning: '', reasoning_details: [], annotations: [], provider_specific_fields: {} }],
  [{ reasoning_details: [{ type: 'reasoning.text', text: '', format: 'unknown', index: 0 }] }],
  [{ content: '', token_ids: [1, 2], prefix: false }],
])('a role, nulls and what is empty say nothing: %j', (message) => {
  expect(saysSomething(message)).toBe(false);
});

test.each([
  [{ content: ' ' }],
  [{ reasoning_content: 'Hm.' }],
  [{ refusal: 'No' }],
  [{ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] }],
  [{ audio: { data: 'AA' } }],
  [{ annotations: [{ type: 'url_citation', url_citation: { url: 'https://example.com' } }] }],
  [{ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }],
  [{ tool_calls: [{ index: 0, function: { name: 'f' } }] }],
  [{ function_call: { name: 'f' } }],
  [{ field_of_the_day: 'x' }],
])('whatever else there is is content: %j', (message) => {
  expect(saysSomething(message)).toBe(true);
});

const image = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } };

test.each([
  ['Hi', { content: 'Hi' }],
  [null, { content: null }],
  [[{ type: 'text', text: 'H' }, 'i'], { content: 'Hi' }],
  [{ type: 'text', text: 'Hi' }, { content: 'Hi' }],
  [
    [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
      { type: 'text', text: 'Hi' },
    ],
    { content: 'Hi', thoughts: 'Hm.' },
  ],
  [[{ type: 'thinking', thinking: 'Hm.' }], { content: '', thoughts: 'Hm.' }],
  // Databricks.
  [
    [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { type: 'text', text: 'Hi' },
    ],
    { content: 'Hi', thoughts: 'Hm.' },
  ],
  [[{ type: 'text', text: 'Hi' }, image], { content: 'Hi', images: [image] }],
  [
    [
      { type: 'reference', reference_ids: [1] },
      { type: 'text', text: 'Hi' },
    ],
    { content: 'Hi', lost: ['reference'] },
  ],
  [{ answer: 42 }, { content: '{"answer":42}' }],
  [42, { content: '42' }],
])('content is read in whatever form it comes: %j', (said, read) => {
  expect(readContent(said)).toMatchObject(read);
});
