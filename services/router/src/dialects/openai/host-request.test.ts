import type { ChatRequest } from '@weir/contracts/chat/request';
import { describe, expect, test } from 'vitest';
import type { RequestMapping } from '../../domain/request-mapping.ts';
import { presets } from '../../providers/presets.ts';
import { toHostRequest } from './host-request.ts';

const chat: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

function send(fields: object, mapping: RequestMapping = {}, unsupportedParams: string[] = []) {
  const { body, warnings } = toHostRequest({ ...chat, ...fields }, { mapping, unsupportedParams });
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, warnings };
}

const toPreset = (name: string, fields: object) => {
  const { mapping, unsupportedParams = [] } = presets.find((preset) => preset.name === name) ?? {};
  return send(fields, mapping, [...unsupportedParams]);
};

test('a role goes by the name that the host has for it', () => {
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ];
  expect(send({ messages }, { roles: { developer: 'system' } }).body['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ]);
  for (const { name, dialect } of presets) {
    if (dialect !== 'openai') continue;
    const { body, warnings } = toPreset(name, { messages });
    const keepsRole = ['openai', 'azure', 'openrouter'].includes(name);
    expect([name, body['messages']]).toMatchObject([
      name,
      [{ role: keepsRole ? 'developer' : 'system' }, {}],
    ]);
    expect(warnings).toEqual([]);
  }
});

test('parameters and fields of messages go by the names that the host has for them, unless they are said so already', () => {
  const params = { seed: 'random_seed', 'messages[].reasoning_content': 'reasoning' };
  const messages = [{ role: 'assistant', content: 'Ho', reasoning_content: 'Hm' }];
  expect(send({ seed: 7, messages }, { params }).body).toEqual({
    model: 'm',
    random_seed: 7,
    messages: [{ role: 'assistant', content: 'Ho', reasoning: 'Hm' }],
  });
  expect(send({ seed: 7, random_seed: 8 }, { params }).body).toMatchObject({ random_seed: 8 });
  expect(send({ seed: null }, { params }).body).not.toHaveProperty('random_seed');
});

test('a value goes by the word that the host has for it, by fields of its own, or is left out and told', () => {
  const values = { effort: { xhigh: 'high', none: { thinking: { type: 'disabled' } }, minimal: null } };
  expect(send({ effort: 'xhigh' }, { values }).body).toMatchObject({ effort: 'high' });
  expect(send({ effort: 'low' }, { values }).body).toMatchObject({ effort: 'low' });
  expect(send({ effort: 'constructor' }, { values }).body).toMatchObject({ effort: 'constructor' });
  const none = send({ effort: 'none' }, { values });
  expect(none.body).toEqual({ ...chat, thinking: { type: 'disabled' } });
  expect(none.warnings).toEqual([]);
  const minimal = send({ effort: 'minimal' }, { values });
  expect(minimal.body).toEqual(chat);
  expect(minimal.warnings).toEqual(['effort is not supported']);
});

describe('ids of tool calls', () => {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
  const replay = (...ids: string[]) => [
    { role: 'assistant', content: null, tool_calls: ids.map(call) },
    ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'x' })),
  ];
  const idsIn = (messages: unknown) => JSON.stringify(messages).match(/(?<=id":")[^"]*/g) ?? [];

  test('that the host does not take are replaced, alike in calls and results', () => {
    const messages = replay('call_0fypS1hVX', 'toolu_01A', 'D681PevKs');
    const ids = idsIn(send({ messages }, { toolCallIds: { length: 9 } }).body['messages']);
    expect(ids.slice(0, 3)).toEqual(ids.slice(3));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z\d]{9}$/);
    expect(ids[2]).toBe('D681PevKs');
  });

  test('are replaced where they are too long, and stay otherwise', () => {
    const messages = replay('call_1', `call_${'x'.repeat(60)}`);
    const ids = idsIn(toPreset('openai', { messages }).body['messages']);
    expect(ids[0]).toBe('call_1');
    expect(ids[1]).toMatch(/^[a-zA-Z\d]{40}$/);
    expect(ids[3]).toBe(ids[1]);
  });
});

test("an end user's name is sent as its hash where the host takes plain ids only", () => {
  expect(toPreset('deepseek', { user: 'jane@example.com' }).body['user_id']).toMatch(/^[\da-f]{64}$/);
  expect(toPreset('deepseek', { user: 'customer-42' }).body).toMatchObject({ user_id: 'customer-42' });
  expect(send({ user: 'jane@example.com' }).body).toMatchObject({ user: 'jane@example.com' });
});

test('what is left out of messages is told', () => {
  const messages = [
    { role: 'user', name: 'Lan', content: 'Hi' },
    { role: 'tool', name: 'f', tool_call_id: 'a', content: 'x' },
  ];
  const { body, warnings } = send({ messages }, {}, ['messages[].name']);
  expect(body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'tool', tool_call_id: 'a', content: 'x' },
  ]);
  expect(warnings).toEqual(['messages[].name is not supported']);
  expect(send({ messages: messages.slice(1) }, {}, ['messages[].name']).warnings).toEqual([]);
});

test('Mistral is asked in its own words', () => {
  const { body, warnings } = toPreset('mistral', { seed: 7, tool_choice: 'required', user: 'u' });
  expect(body).toEqual({ ...chat, random_seed: 7, tool_choice: 'any' });
  expect(warnings).toEqual(['user is not supported']);
});
