import { chatRequestSchema } from '@weir/contracts/chat/request';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { expect, test } from 'vitest';
import type { WireTarget } from '../domain/dialect.ts';
import { overridesSchema, withOverrides } from '../domain/routing/overrides.ts';
import { dialects } from './dialects.ts';

const target: WireTarget = {
  model: 'some-model',
  output: { defaultTokens: 4_096, maxTokens: undefined, isCapRequired: false },
  outputCapParam: 'max_tokens',
  unsupportedParams: [],
};

const schema = `{"type":"object","properties":{
  "offset":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807},
  "id":{"enum":[9007199254740993]},
  "kind":{"const":18446744073709551615}}}`;
const call = `{"id":"c1","type":"function","function":{"name":"seek","arguments":"{\\"id\\":9007199254740995}"}}`;
const json = `{"model":"m","messages":[
  {"role":"user","content":"Hi"},
  {"role":"assistant","content":null,"tool_calls":[${call}]},
  {"role":"tool","tool_call_id":"c1","content":"9007199254740997"}],
  "tools":[{"type":"function","function":{"name":"seek","parameters":${schema}}}],
  "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":${schema}}}}`;

test.each(['openai', 'anthropic', 'ollama'] as const)(
  'each integer of a request reaches a host of the %s dialect with its digits',
  (dialect) => {
    const chat = chatRequestSchema.parse(parseExactJson(json));
    const { body } = dialects[dialect].buildRequest(chat, target);
    const digits = [
      '-9223372036854775808',
      '9223372036854775807',
      '9007199254740993',
      '18446744073709551615',
    ];
    for (const integer of [...digits, '9007199254740995', '9007199254740997'])
      expect(body).toContain(integer);
  },
);

test('a seed has its digits, be it the caller’s or a config’s', () => {
  const chat = chatRequestSchema.parse(
    parseExactJson(
      '{"model":"m","messages":[{"role":"user","content":"Hi"}],"seed":9007199254740993,"x_id":-9007199254740993}',
    ),
  );
  const overrides = overridesSchema.parse(parseExactJson('{"seed":-9223372036854775808}'));
  expect(dialects.openai.buildRequest(chat, target).body).toMatch(
    /"seed":9007199254740993,.*"x_id":-9007199254740993/,
  );
  expect(dialects.ollama.buildRequest(chat, target).body).toContain('"seed":9007199254740993');
  for (const dialect of [dialects.openai, dialects.ollama]) {
    expect(dialect.buildRequest(withOverrides(chat, overrides), target).body).toContain(
      '"seed":-9223372036854775808',
    );
  }
});
