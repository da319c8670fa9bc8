import { expect, test } from 'vitest';
import { type DocumentKind, readShortTexts, readTexts } from './document-texts.ts';

function textsOf(document: unknown, kind: DocumentKind = 'request') {
  return readShortTexts(JSON.stringify(document), kind).texts.map(({ path, text, form, role }) => ({
    path,
    text,
    form,
    ...(role !== undefined && { role }),
  }));
}

const named = (document: unknown, kind?: DocumentKind) =>
  Object.fromEntries(textsOf(document, kind).map(({ path, text, form }) => [path, `${form}: ${text}`]));

test('every role, every part, tools, their arguments and their results are read, and the protocol is not', () => {
  const request = {
    model: 'gpt-5-mini',
    messages: [
      { role: 'system', content: 'S', name: 'n1' },
      { role: 'developer', content: [{ type: 'text', text: 'D' }] },
      { content: 'U', role: 'user' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://x.example/?q=1', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'file', file: { filename: 'f.pdf', file_data: 'QUJD' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        refusal: 'R',
        reasoning_content: 'T',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '{"b":2}' },
      { role: 'function', name: 'f', content: 'plain' },
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: 'look',
          description: 'Looks',
          parameters: { properties: { 'key 1': { title: 'V' } } },
        },
      },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { description: 'J' } } },
    stop: ['end'],
    user: 'u-1',
    metadata: { customer: 'c' },
    novelty: { deep: [{ words: 'N' }] },
  };
  expect(named(request)).toEqual({
    'messages[0].content': 'text: S',
    'messages[0].name': 'identifier: n1',
    'messages[1].content[0].text': 'text: D',
    'messages[2].content': 'text: U',
    'messages[3].content[0].image_url.url': 'text: https://x.example/?q=1',
    'messages[3].content[2].file.filename': 'text: f.pdf',
    'messages[4].refusal': 'text: R',
    'messages[4].reasoning_content': 'text: T',
    'messages[4].tool_calls[0].function.name': 'identifier: look',
    'messages[4].tool_calls[0].function.arguments': 'json: {"a":1}',
    'messages[5].content': 'json: {"b":2}',
    'messages[6].name': 'identifier: f',
    'messages[6].content': 'text: plain',
    'tools[0].function.name': 'identifier: look',
    'tools[0].function.description': 'text: Looks',
    // A key that is no plain name is a text itself, of the object that has it.
    'tools[0].function.parameters.properties': 'identifier: key 1',
    'tools[0].function.parameters.properties.*.title': 'text: V',
    'response_format.json_schema.name': 'identifier: n',
    'response_format.json_schema.schema.description': 'text: J',
    'stop[0]': 'text: end',
    user: 'identifier: u-1',
    metadata: 'identifier: customer',
    'metadata.customer': 'text: c',
    'novelty.deep[0].words': 'text: N',
  });
});

test('a text has the role of its message, be it written before or after', () => {
  const request = {
    messages: [
      { content: 'a', role: 'user' },
      { role: 'assistant', content: 'b' },
    ],
    user: 'u',
  };
  expect(textsOf(request).map(({ text, role }) => [text, role])).toEqual([
    ['a', 'user'],
    ['b', 'assistant'],
    ['u', undefined],
  ]);
});

test('every choice of an answer is read: text, refusal, reasoning, tools, transcript, and what is new', () => {
  const message = {
    role: 'assistant',
    content: 'C',
    refusal: 'R',
    reasoning_content: 'T',
    tool_calls: [{ id: 'x', type: 'custom', custom: { name: 'n', input: 'I' } }],
    audio: { id: 'a', data: 'AAAA', transcript: 'A' },
    annotations: [{ type: 'url_citation', url_citation: { title: 'L' } }],
  };
  const completion = {
    id: 'i',
    object: 'chat.completion',
    choices: [
      { index: 0, message },
      { index: 1, message: { content: 'D' } },
    ],
  };
  expect(named(completion, 'completion')).toMatchObject({
    'choices[0].message.content': 'text: C',
    'choices[0].message.refusal': 'text: R',
    'choices[0].message.reasoning_content': 'text: T',
    'choices[0].message.tool_calls[0].custom.input': 'text: I',
    'choices[0].message.audio.transcript': 'text: A',
    'choices[0].message.annotations[0].url_citation.title': 'text: L',
    'choices[1].message.content': 'text: D',
  });
  expect(readShortTexts(JSON.stringify(completion), 'completion').counts).toEqual({
    choices: 2,
    tool_calls: 1,
  });
});

test('a field whose name is written with escapes is the same field, and one that occurs twice is read twice', () => {
  const json = '{"mess\\u0061ges":[{"role":"user","content":"a","content":"b"}],"model":"m"}';
  const { texts, counts } = readShortTexts(json, 'request');
  expect(texts.map(({ path, text }) => [path, text])).toEqual([
    ['messages[0].content', 'a'],
    ['messages[0].content', 'b'],
  ]);
  expect(counts).toEqual({ messages: 1 });
});

test('a path tells no key that may be personal data itself', () => {
  const { texts } = readShortTexts(
    JSON.stringify({ metadata: { 'an@example.vn': 'x', '0912345678': 'y' } }),
    'request',
  );
  expect(texts.map(({ path }) => path)).toEqual(['metadata', 'metadata.*', 'metadata', 'metadata.*']);
});

test('a file of text is read, in base64 too, and so is what is no data of an image, a sound or a document', () => {
  const read = (data: string) => {
    const file = { type: 'file', file: { file_data: data } };
    return textsOf({ messages: [{ role: 'user', content: [file] }] }).map(({ text }) => text);
  };
  const escaped = String.raw`{"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text\/csv;base64,QUJD"}}]}]}`;
  expect(readShortTexts(escaped, 'request').texts.map(({ text }) => text)).toEqual(['ABC']);
  const csv = Buffer.from('name,mail\nAn,an@example.vn').toString('base64');
  expect(read(`data:text/csv;charset=utf-8;base64,${csv}`)).toEqual(['name,mail\nAn,an@example.vn']);
  expect(read(`data:application/json;base64,${csv}`)).toEqual(['name,mail\nAn,an@example.vn']);
  for (const text of [
    'data:text/plain,an@example.vn',
    'data:application/pdf;base64,an@example.vn',
    '0912345678',
  ])
    expect(read(text)).toEqual([text]);
  expect(read(`data:application/pdf;base64,${csv}`)).toEqual([]);
});

test('of kinds that only a host knows every text is read, at any depth, and data is not', () => {
  const data = Buffer.alloc(300, 'video').toString('base64');
  const part = {
    type: 'input_video',
    input_video: {
      data,
      title: 'A',
      frames: [{ url: `data:video/mp4;base64,${data}`, caption: { text: 'B' } }],
    },
  };
  const request = {
    messages: [
      { role: 'user', content: [part, { type: 'image_url', image_url: 'https://x.example/?q=C' }] },
      { role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'D' }] }] },
    ],
    tools: [{ type: 'web_search_20250305', name: 'web_search', user_location: { city: 'E' } }],
    tool_choice: { type: 'tool', name: 'F' },
    response_format: { type: 'grammar', grammar: 'G' },
  };
  const read = textsOf(request).map(({ text }) => text);
  expect(read).toEqual(['A', 'B', 'https://x.example/?q=C', 'text', 'D', 'web_search', 'E', 'F', 'G']);
  expect(readShortTexts(JSON.stringify(request), 'request').counts).toMatchObject({ images: 1, tools: 1 });
});

test('what stands in the place of a word of the protocol is read where it is none', () => {
  const words = ['an@example.vn', 'call 0912345678', 'p0912345678'];
  for (const word of words) {
    const request = {
      messages: [{ role: 'user', content: [{ type: word }] }],
      tools: [{ type: word }],
      tool_choice: word,
      response_format: { type: word },
      reasoning_effort: word,
      service_tier: word,
    };
    expect(textsOf(request).map(({ text, form }) => [text, form])).toEqual(
      Array.from({ length: 6 }, () => [word, 'identifier']),
    );
  }
});

test('a long document is read in many steps, and a short one in one', async () => {
  const messages = Array.from({ length: 20_000 }, () => ({ role: 'user', content: 'How are you?' }));
  let steps = 0;
  const yieldTurn = () => {
    steps++;
    return undefined;
  };
  const { texts } = await readTexts(JSON.stringify({ messages }), 'request', yieldTurn);
  expect(texts).toHaveLength(20_000);
  expect(steps).toBeGreaterThan(10);
  steps = 0;
  await readTexts(JSON.stringify({ messages: messages.slice(0, 10) }), 'request', yieldTurn);
  expect(steps).toBe(0);
});
