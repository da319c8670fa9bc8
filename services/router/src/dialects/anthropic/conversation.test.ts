import { messageSchema, type Message } from '@weir/contracts/chat/message';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toConversation, type Conversation } from './conversation.ts';

type Block = Conversation['messages'][number]['content'][number];

const user = (content: unknown) => ({ role: 'user', content });
const call = (id: string | null, args = '{}') => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: args },
});
const calls = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => call(id)),
});
const result = (id: string | null, content = 'ok') => ({ role: 'tool', tool_call_id: id, content });

function translate(...messages: unknown[]) {
  return toConversation(messages.map((message) => messageSchema.parse(message)));
}

function converse(...messages: unknown[]): Conversation {
  return translate(...messages).conversation;
}

function refusing(...messages: unknown[]) {
  return expect(() => converse(...messages));
}

function fault(code: string, param: string): Error {
  return expect.objectContaining({ code, details: { param } }) as Error;
}

function blocksOf({ messages }: Conversation): Block[] {
  return messages.flatMap(({ content }) => content);
}

test('an answer that the caller has begun is passed on, without the white space at its end', () => {
  expect(converse(user('Hi'), { role: 'assistant', content: 'The answer is (\n' }).messages.at(-1)).toEqual({
    role: 'assistant',
    content: [{ type: 'text', text: 'The answer is (' }],
  });
});

test('a conversation that begins with a greeting, or has instructions only, begins with the user', () => {
  const begun = { role: 'user', content: [{ type: 'text', text: '.' }] };
  const greeting = { role: 'assistant', content: 'Hello!' };
  expect(converse(greeting, user('Hi')).messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
  ]);
  expect(converse({ role: 'system', content: 'Write a haiku.' }).messages).toEqual([begun]);
});

test('a refusal of an earlier turn is what the assistant said', () => {
  const part = { type: 'refusal', refusal: 'No.' };
  const whole = { role: 'assistant', content: null, refusal: 'Never.' };
  const { messages } = converse(user('Hi'), { role: 'assistant', content: [part] }, whole, user('Why?'));
  expect(messages[1]?.content).toEqual([
    { type: 'text', text: 'No.' },
    { type: 'text', text: 'Never.' },
  ]);
});

test('a result without text says nothing, and answers its call all the same', () => {
  expect(blocksOf(converse(user('Hi'), calls('a'), result('a', ''))).at(-1)).toEqual({
    type: 'tool_result',
    tool_use_id: 'a',
  });
});

test('a message may have as many parts as a body can hold', () => {
  const parts = Array.from({ length: 200_000 }, () => ({ type: 'text', text: 'a' }));
  expect(blocksOf(converse(user('Hi'), user(parts)))).toHaveLength(200_001);
});

test('ids that return in a later turn are told apart', () => {
  const blocks = blocksOf(converse(user('Hi'), calls('c:0'), result('c:0'), calls('c:0'), result('c:0')));
  const ids = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  const answered = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
  expect(ids).toEqual(['c_0', 'c_0_1']);
  expect(answered).toEqual(ids);
});

const assistant = (fields: object) => ({ role: 'assistant', content: null, ...fields });

function onlyWarning(...messages: unknown[]) {
  const { conversation, warnings } = translate(...messages);
  expect(warnings).toHaveLength(1);
  return blocksOf(conversation);
}

describe('what an earlier answer got wrong goes on with a warning', () => {
  test.each(['{"a":', '[1]', '"text"'])('arguments that are no JSON object: %s', (args) => {
    const [, use] = onlyWarning(user('Hi'), assistant({ tool_calls: [call('a', args)] }), result('a'));
    expect(use).toMatchObject({ type: 'tool_use', input: { _invalid: args } });
  });

  test('null for arguments is an empty object', () => {
    const [, use] = onlyWarning(user('Hi'), assistant({ tool_calls: [call('a', 'null')] }), result('a'));
    expect(use).toMatchObject({ type: 'tool_use', input: {} });
  });

  test('a result that answers no call of the turn before it is text, behind those that do', () => {
    const blocks = onlyWarning(user('Hi'), calls('a', 'b'), result('a'), result('x', 'lost'), result('b'));
    expect(blocks.slice(3)).toMatchObject([
      { type: 'tool_result', tool_use_id: 'a' },
      { type: 'tool_result', tool_use_id: 'b' },
      { type: 'text', text: 'The result of a tool call:' },
      { type: 'text', text: 'lost' },
    ]);
    expect(onlyWarning(user('Hi'), result('a'))).toHaveLength(3);
  });

  test('a call without a result has failed, in the middle and at the end', () => {
    const failed = { type: 'tool_result', tool_use_id: 'b', is_error: true };
    expect(onlyWarning(user('Hi'), calls('a', 'b'), result('a'), user('Well?'))).toMatchObject([
      {},
      {},
      {},
      { tool_use_id: 'a' },
      failed,
      { text: 'Well?' },
    ]);
    expect(onlyWarning(user('Hi'), calls('b')).at(-1)).toMatchObject(failed);
  });

  test.each(['a', '', null])('two calls with the id %j are answered in their order', (id) => {
    const made = assistant({ tool_calls: [call(id), call(id)] });
    const blocks = onlyWarning(user('Hi'), made, result(id, '1'), result(id, '2'));
    const ids = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    expect(new Set(ids).size).toBe(2);
    expect(blocks.slice(3)).toMatchObject([
      { tool_use_id: ids[0], content: [{ text: '1' }] },
      { tool_use_id: ids[1], content: [{ text: '2' }] },
    ]);
  });

  test.each([
    ['functions.search', 'functions_search'],
    ['', 'unknown'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ])('a name that Anthropic does not take: %s', (name, sent) => {
    const made = assistant({ tool_calls: [{ ...call('a'), function: { name, arguments: '{}' } }] });
    expect(onlyWarning(user('Hi'), made, result('a'))[1]).toMatchObject({ name: sent });
  });
});

test('what a tool gave back may be an image', () => {
  const url = 'data:image/png;base64,AA';
  const content = [
    { type: 'text', text: 'see' },
    { type: 'image_url', image_url: { url } },
  ];
  const shown = { role: 'tool', tool_call_id: 'a', content };
  expect(blocksOf(converse(user('Hi'), calls('a'), shown)).at(-1)).toMatchObject({
    content: [{ text: 'see' }, { type: 'image', source: { media_type: 'image/png', data: 'AA' } }],
  });
});

describe('thoughts come back byte for byte, before all else of their turn', () => {
  const signed = { type: 'thinking', thinking: 'So “é”\n', signature: 'c2ln' };
  const redacted = { type: 'redacted_thinking', data: 'ZGF0YQ==' };
  const format = 'anthropic-claude-v1';
  const detailsOf = [
    { type: 'reasoning.text', text: signed.thinking, signature: signed.signature, format, index: 0 },
    { type: 'reasoning.encrypted', data: redacted.data, format, index: 1 },
  ];
  const turnOf = (fields: object) => {
    const { conversation, warnings } = translate(user('Hi'), assistant(fields), user('Go on'));
    return { content: conversation.messages[1]?.content, warnings };
  };
  const said = { type: 'text', text: 'Hi' };

  test.each([
    [{ content: 'Hi', reasoning_details: detailsOf, reasoning_content: 'So' }],
    [{ content: 'Hi', thinking_blocks: [signed, redacted] }],
    [{ content: [said, signed, redacted] }],
    // As a client has it that puts streamed pieces one behind the other.
    [
      {
        content: 'Hi',
        reasoning_details: [
          { type: 'reasoning.text', text: 'So ', index: 0, format },
          { type: 'reasoning.text', text: '“é”\n', index: 0 },
          { type: 'reasoning.text', signature: 'c2ln', index: 0 },
          detailsOf[1],
        ],
      },
    ],
  ])('%j', (fields) => {
    expect(turnOf(fields)).toEqual({ content: [signed, redacted, said], warnings: [] });
  });

  test('also where messages are put together to one turn', () => {
    const later = assistant({ reasoning_details: detailsOf, tool_calls: [call('a')] });
    const { messages } = converse(user('Hi'), assistant({ content: 'Hi' }), later, result('a'));
    expect(messages[1]?.content.map(({ type }) => type)).toEqual([
      'thinking',
      'redacted_thinking',
      'text',
      'tool_use',
    ]);
  });

  test.each([
    [{ reasoning_content: 'So' }],
    [{ reasoning_details: [{ ...detailsOf[1], format: 'openai-responses-v1' }] }],
    [{ reasoning_details: [{ type: 'reasoning.summary', summary: 'So' }] }],
    [{ thinking_blocks: [{ type: 'thinking', thinking: 'So' }] }],
  ])('what Claude has not signed is left out with a warning: %j', (fields) => {
    const { content, warnings } = turnOf({ content: 'Hi', ...fields });
    expect(content).toEqual([said]);
    expect(warnings).toEqual(['messages[]: reasoning that is not signed by Claude was left out']);
  });

  test('a compatible host gets back what it has not signed', () => {
    const unsigned = { type: 'thinking', thinking: 'So' };
    const message = messageSchema.parse(assistant({ content: 'Hi', thinking_blocks: [unsigned] }));
    const { conversation } = toConversation([messageSchema.parse(user('Hi')), message], false);
    expect(conversation.messages[1]?.content).toEqual([unsigned, said]);
  });
});

describe('what Anthropic has no form for is refused', () => {
  test.each([
    [user([{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }]), 'content[0]'],
    [user([{ type: 'file', file: { file_id: 'file-1' } }]), 'content[0].file'],
    [user([{ type: 'file', file: { file_data: 'data:text/csv;base64,AA' } }]), 'content[0].file'],
    [
      user([{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } }]),
      'content[0].image_url.url',
    ],
    [{ role: 'function', name: 'f', content: '1' }, 'role'],
    [{ role: 'assistant', audio: { id: 'audio_1' } }, 'audio'],
    [
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: '' } }] },
      'tool_calls[0].type',
    ],
  ])('%j', (message, param) => {
    refusing(message).toThrow(fault('unsupported_parameter', `messages[0].${param}`));
  });
});

describe('any conversation that OpenAI takes becomes one that Anthropic takes', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('', ' ', '\n\t', 'said'));
  const parts = fc.array(
    text.map((value) => ({ type: 'text', text: value })),
    { minLength: 1, maxLength: 3 },
  );
  const content = fc.oneof(text, parts);
  const instruction = fc.record({ role: fc.constantFrom('system', 'developer'), content });
  const ids = fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('call_0', 'call.0', 'call:0')), {
    minLength: 1,
    maxLength: 3,
  });
  const args = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));

  const said = fc.oneof(
    instruction.map((message) => [message]),
    fc.record({ role: fc.constant('user'), content }).map((message) => [message]),
    fc
      .record({ role: fc.constant('assistant'), content, reasoning_content: fc.string() })
      .map((message) => [message]),
    fc
      .tuple(ids, args, fc.option(content), fc.array(instruction, { maxLength: 1 }))
      .map(([toolIds, json, spoken, between]) => [
        { role: 'assistant', content: spoken, tool_calls: toolIds.map((id) => call(id, json)) },
        ...between,
        ...toolIds.toReversed().map((id) => result(id, json)),
      ]),
  );
  const conversation = fc
    .array(said, { maxLength: 8 })
    .map((groups): Message[] => groups.flat().map((message) => messageSchema.parse(message)));

  const holds = (check: (translated: Conversation, messages: Message[]) => void) => {
    fc.assert(
      fc.property(conversation, (messages) => {
        check(toConversation(messages).conversation, messages);
      }),
    );
  };

  test('turns alternate, and none is empty', () => {
    holds(({ messages }) => {
      expect(messages.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'))).toBe(
        true,
      );
      expect(messages.every((turn) => turn.content.length > 0)).toBe(true);
    });
  });

  test('each call is answered at the beginning of the next turn, and nothing else is', () => {
    holds(({ messages }) => {
      const used = messages.flatMap(({ content: blocks }, index) => {
        const called = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
        const next = messages[index + 1]?.content ?? [];
        const answered = next.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
        expect(answered.toSorted()).toEqual(called.toSorted());
        expect(next.slice(0, called.length).every(({ type }) => type === 'tool_result')).toBe(true);
        return called;
      });
      expect(new Set(used).size).toBe(used.length);
      expect(used.every((id) => /^[a-zA-Z0-9_-]+$/.test(id))).toBe(true);
    });
  });

  test('no block is without visible text, and no text is lost', () => {
    const textsOf = (blocks: readonly { type: unknown }[]): string[] =>
      blocks.flatMap((block) => {
        if ('text' in block) return [block.text as string];
        return 'content' in block ? textsOf(block.content as Block[]) : [];
      });
    holds((translated, messages) => {
      const sent = [...textsOf(translated.system ?? []), ...textsOf(blocksOf(translated))];
      const given = messages.flatMap(({ content: value }) =>
        typeof value === 'string' ? [value] : textsOf(value ?? []),
      );
      const visible = (texts: string[]) => texts.map((value) => value.trim()).filter((value) => value !== '');
      expect(sent.every((value) => value.trim() !== '')).toBe(true);
      const begunFor = (texts: string[]) => texts.filter((value) => value !== '.').toSorted();
      expect(begunFor(visible(sent))).toEqual(begunFor(visible(given)));
    });
  });
});
