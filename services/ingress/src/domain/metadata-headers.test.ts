import { describe, expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { metadataFromHeaders } from './routing-headers.ts';

const object = (keys: number, value: unknown = 'x') =>
  JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key${index}`, value])));

test('without a header there is none', () => {
  expect(metadataFromHeaders({})).toBeUndefined();
});

test.each(['x-weir-metadata', 'x-portkey-metadata'])(
  '%s is taken, numbers and booleans as texts',
  (header) => {
    const text = '{"_user":"ada","tier":2,"ratio":0.5,"beta":true}';
    expect(metadataFromHeaders({ [header]: text })).toEqual({
      _user: 'ada',
      tier: '2',
      ratio: '0.5',
      beta: 'true',
    });
  },
);

test('names in all scripts come through', () => {
  const header = Buffer.from('{"khách":"Nguyễn Văn Á"}').toString('latin1');
  expect(metadataFromHeaders({ 'x-weir-metadata': header })).toEqual({ khách: 'Nguyễn Văn Á' });
});

test('our header goes before Portkey’s', () => {
  const headers = { 'x-portkey-metadata': '{"from":"theirs"}', 'x-weir-metadata': '{"from":"ours"}' };
  expect(metadataFromHeaders(headers)).toEqual({ from: 'ours' });
});

test('32 keys of 256 characters are taken', () => {
  const text = JSON.stringify({ ['k'.repeat(256)]: 'v'.repeat(256), ...(JSON.parse(object(31)) as object) });
  expect(Object.keys(metadataFromHeaders({ 'x-weir-metadata': text }) ?? {})).toHaveLength(32);
});

describe('metadata that cannot be', () => {
  test.each([
    ['', 'is not valid JSON'],
    ['plan=pro', 'is not valid JSON'],
    ['{"plan":"pro"', 'is not valid JSON'],
    ['[]', 'it must be an object'],
    ['"pro"', 'it must be an object'],
    ['null', 'it must be an object'],
    ['{"plan":null}', 'plan must be a string'],
    ['{"plan":{"name":"pro"}}', 'plan must be a string'],
    ['{"plan":["pro"]}', 'plan must be a string'],
    [`{"plan":"${'x'.repeat(257)}"}`, 'plan must have at most 256 characters'],
    [`{"${'x'.repeat(257)}":"pro"}`, `${'x'.repeat(64)} is not valid`],
    ['{"":"pro"}', 'is not valid'],
    [object(33), 'it must have at most 32 keys'],
  ])('%.40j is refused, naming the header and the key', (text, why) => {
    let fault: Fault | undefined;
    try {
      metadataFromHeaders({ 'x-portkey-metadata': text });
    } catch (thrown) {
      fault = Fault.from(thrown);
    }
    expect(fault).toMatchObject({ code: 'invalid_header', details: { param: 'x-portkey-metadata' } });
    expect(fault?.message).toContain('The header x-portkey-metadata is not valid');
    expect(fault?.message).toContain(why);
  });
});
