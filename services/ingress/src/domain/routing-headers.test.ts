import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { configFromHeaders } from './routing-headers.ts';

function refusalOf(headers: Record<string, string>): Fault {
  try {
    configFromHeaders(headers);
  } catch (thrown) {
    return Fault.from(thrown);
  }
  throw new Error('The headers were taken.');
}

test('without a header there is no config', () => {
  expect(configFromHeaders({ authorization: 'Bearer sk-1', 'x-portkey-trace-id': 'mine' })).toBeUndefined();
});

test.each([
  ['x-weir-config', 'cheap-first', false],
  ['x-portkey-config', ' pc_fast-1 ', true],
])('%s: %j names a stored config', (header, name, isPortkeys) => {
  expect(configFromHeaders({ [header]: name })).toEqual({ kind: 'name', text: name.trim(), isPortkeys });
});

test('an inline config stays as it was sent, byte by byte', () => {
  const text = '{ "provider":"openai",  "retry":{"attempts":3} }';
  expect(configFromHeaders({ 'x-weir-config': `  ${text}` })).toEqual({
    kind: 'inline',
    text,
    isPortkeys: false,
  });
  expect(configFromHeaders({ 'x-portkey-config': text })).toEqual({ kind: 'inline', text, isPortkeys: true });
});

test('an inline config is read as the UTF-8 that clients send', () => {
  const text = '{"provider":"größe"}';
  const asNodeReadsIt = Buffer.from(text).toString('latin1');
  expect(configFromHeaders({ 'x-weir-config': asNodeReadsIt })?.text).toBe(text);
});

test('our header goes before Portkey’s', () => {
  expect(configFromHeaders({ 'x-portkey-config': 'theirs', 'x-weir-config': 'ours' })?.text).toBe('ours');
});

test.each([
  [{ 'x-portkey-provider': 'openai' }, '{"provider":"openai"}'],
  [{ 'x-portkey-custom-host': 'https://llm.example/v1' }, '{"custom_host":"https://llm.example/v1"}'],
  [
    { 'x-portkey-custom-host': 'https://llm.example/v1', 'x-portkey-provider': '@openai' },
    '{"provider":"@openai","custom_host":"https://llm.example/v1"}',
  ],
])('%j is a config of one target', (headers, text) => {
  expect(configFromHeaders(headers)).toEqual({ kind: 'inline', text, isPortkeys: true });
});

describe('a config that cannot be', () => {
  test.each([
    ['', 'a name'],
    ['Cheap', 'a name'],
    ['a b', 'a name'],
    ['x'.repeat(65), 'a name'],
    ['["cheap"]', 'a name'],
    [Buffer.from('{"provider":"openai"}').toString('base64'), 'a name'],
    ['{"provider":', 'not valid JSON'],
    ['{"provider":"openai"}, {}', 'not valid JSON'],
    [`{"provider":"${'x'.repeat(33_000)}"}`, 'at most 32 KiB'],
  ])('%.40j is refused, naming the header', (text, why) => {
    for (const header of ['x-weir-config', 'x-portkey-config']) {
      const fault = refusalOf({ [header]: text });
      expect(fault).toMatchObject({ code: 'invalid_header', details: { param: header } });
      expect(fault.message).toContain(`The header ${header} `);
      expect(fault.message).toContain(why.replace('a name', "a stored config's name"));
    }
  });

  test.each(['x-portkey-provider', 'x-portkey-custom-host'])('%s beside a config is refused', (header) => {
    const fault = refusalOf({ 'x-weir-config': 'cheap', [header]: 'openai' });
    expect(fault.details.param).toBe(header);
    expect(fault.message).toContain('cannot stand beside x-weir-config');
  });

  test('the refusal never quotes it, since it may hold a key', () => {
    const refused = refusalOf({ 'x-weir-config': '{"api_key":"sk-secret-of-mine", oops}' });
    expect(refused.message).not.toContain('secret');
  });

  test('whatever is sent, it is a config or a clear refusal', () => {
    const header = fc.constantFrom('x-weir-config', 'x-portkey-config', 'x-portkey-provider');
    fc.assert(
      fc.property(header, fc.oneof(fc.string(), fc.json()), (name, text) => {
        try {
          const given = configFromHeaders({ [name]: text });
          if (given?.kind === 'inline') expect(JSON.parse(given.text)).toBeTypeOf('object');
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'invalid_header', details: { param: name } });
        }
      }),
    );
  });
});
