import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { presets } from '../../providers/presets.ts';
import { toHostRequest } from './host-request.ts';

type Messages = ChatRequest['messages'];

const call = (id: string, name = 'f', json = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: json },
});
const said = (...calls: ReturnType<typeof call>[]): Messages[number] => ({
  role: 'assistant',
  content: null,
  tool_calls: calls,
});
const result = (id: string, content: string): Messages[number] => ({
  role: 'tool',
  tool_call_id: id,
  content,
});

function send(messages: Messages, preset = 'vllm', fields: object = {}) {
  const { mapping, unsupportedParams = [] } = presets.find(({ name }) => name === preset) ?? {};
  const { body, warnings } = toHostRequest(
    { model: 'm', messages, ...fields },
    { mapping, unsupportedParams },
  );
  return { sent: JSON.parse(JSON.stringify(body['messages'])) as Record<string, unknown>[], warnings };
}

test('an empty list of calls, which hosts answer with, is not sent back', () => {
  const { sent, warnings } = send([{ role: 'assistant', content: 'Hi', tool_calls: [] }], 'openai');
  expect(sent).toEqual([{ role: 'assistant', content: 'Hi' }]);
  expect(warnings).toEqual([]);
});

test('calls without ids get one each, and their results the same, in their order', () => {
  const { sent, warnings } = send(
    [said(call(''), call('b'), call('')), result('', 'first'), result('b', 'second'), result('', 'third')],
    'openai',
  );
  const [first, , third] = sent[0]?.['tool_calls'] as { id: string }[];
  expect(first?.id).not.toBe(third?.id);
  expect(sent.slice(1).map((one) => one['tool_call_id'])).toEqual([first?.id, 'b', third?.id]);
  expect(warnings).toHaveLength(1);
});

test('arguments that are no JSON object go as one, but to OpenAI, which never reads them', () => {
  for (const [json, sentAs] of [
    ['{"a":', '{"_invalid":"{\\"a\\":"}'],
    ['null', '{}'],
    ['', '{}'],
    ['{"id":12345678901234567890}', '{"id":12345678901234567890}'],
  ] as const) {
    const messages = [said(call('a', 'f', json)), result('a', 'x')];
    expect(send(messages).sent[0]).toMatchObject({ tool_calls: [{ function: { arguments: sentAs } }] });
    expect(send(messages, 'openai').sent[0]).toMatchObject({
      tool_calls: [{ function: { arguments: json } }],
    });
  }
});

test('a name that a model has made up is changed, and one of a tool is not', () => {
  const long = 'x'.repeat(90);
  const messages = [said(call('a', long), call('b', 'functions.f'), call('c', ''))];
  const names = (fields: object = {}) =>
    (send(messages, 'openai', fields).sent[0]?.['tool_calls'] as { function: { name: string } }[]).map(
      (one) => one.function.name,
    );
  expect(names()).toEqual(['x'.repeat(64), 'functions_f', 'unknown']);
  expect(names({ tools: [{ type: 'function', function: { name: long } }] })[0]).toBe(long);
});

test.each(['gemini', 'mistral', 'groq'])(
  "what a message of OpenAI's client has besides reaches no host that refuses it: %s",
  (preset) => {
    const empty = { refusal: null, annotations: [], audio: null, function_call: null, tool_calls: [] };
    const mute = send([{ role: 'assistant', content: 'Hi', ...empty }], preset);
    expect(mute).toEqual({ sent: [{ role: 'assistant', content: 'Hi' }], warnings: [] });
    const cited = send(
      [{ role: 'assistant', content: 'Hi', annotations: [{ type: 'url_citation' }] }],
      preset,
    );
    expect(cited.warnings).toEqual(['messages[].annotations is not supported']);
    const refused = send([{ role: 'assistant', content: null, refusal: 'No.' }], preset);
    expect(refused).toEqual({ sent: [{ role: 'assistant', content: 'No.' }], warnings: [] });
  },
);

test.each(['openai', 'azure', 'gemini', 'mistral', 'groq'])(
  'marks and thoughts of Claude reach no host that refuses them, wherever they stand: %s',
  (preset) => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const thought = { type: 'thinking', thinking: 'Hm', signature: 'sig' } as never;
    const { sent, warnings } = send(
      [
        { role: 'system', content: 'Be brief.', ...mark },
        { role: 'user', content: [{ type: 'text', text: 'Hi', ...mark }] },
        {
          role: 'assistant',
          content: [thought, { type: 'text', text: 'Ho' }],
          tool_calls: [{ ...call('a'), ...mark }],
        },
        { role: 'assistant', content: [thought] },
        { ...result('a', 'x'), ...mark },
      ],
      preset,
    );
    expect(JSON.stringify(sent)).not.toMatch(/cache_control|thinking/);
    expect(sent[2]?.['content']).toEqual([{ type: 'text', text: 'Ho' }]);
    expect(sent[3]?.['content']).toBeNull();
    expect(warnings).toEqual([
      'messages[].cache_control is not supported',
      'messages[].reasoning_content is not supported',
    ]);
  },
);

test("marks go on to hosts that hand them on, and thoughts in Mistral's own form to Mistral", () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  expect(send([{ role: 'user', content: 'Hi', ...mark }], 'openrouter').sent).toEqual([
    { role: 'user', content: 'Hi', ...mark },
  ]);
  const own = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] } as never;
  expect(send([{ role: 'assistant', content: [own] }], 'mistral').sent[0]?.['content']).toEqual([own]);
});
