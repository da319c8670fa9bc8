import { durableEvent, type DurableStream } from '@weir/contracts/descriptors';
import { headers as createHeaders } from '@nats-io/transport-node';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { batchContentType } from '../publish/cloud-event.ts';
import { readEvents } from './read-events.ts';

const stream: DurableStream = { name: 'WEIR_TEST', subjects: ['weir.v1.test.>'] };
const tried = durableEvent('test.tried', { stream, data: z.object({ units: z.number() }) });

function batch(json: string) {
  const headers = createHeaders();
  headers.set('content-type', batchContentType);
  return { data: Buffer.from(json), headers };
}

const element = (id: string, data: string) => `{"id":"${id}","source":"/test","data":${data}}`;

test('of a batch, what is not valid is refused alone', () => {
  const { events, refused } = readEvents(
    tried,
    batch(`[${element('a', '{"units":1}')},${element('b', '{}')}]`),
    1,
  );
  expect(events.map(({ received }) => received.id)).toEqual(['a']);
  expect(refused.map(({ dead, reason }) => [dead.id, reason])).toEqual([['b', 'invalid_request']]);
});

test('an event that is nested too deeply to be written again is refused with the whole message, and its neighbours are not', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const message = batch(`[${element('a', deep)},${element('b', '{"units":1}')}]`);
  const { events, refused } = readEvents(tried, message, 1);
  expect(events.map(({ received }) => received.id)).toEqual(['b']);
  expect(refused).toEqual([
    {
      dead: { index: 0, id: 'a', contentType: batchContentType, data: message.data },
      reason: 'invalid_request',
    },
  ]);
});

test('a batch is parsed twice at most, however many of its events become dead letters', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const elements = Array.from({ length: 1_000 }, (_, at) => element(`${at}`, at % 2 ? '{"units":1}' : '{}'));
  const { events, refused } = readEvents(tried, batch(`[${elements.join()}]`), 1);
  const dead = [...refused.map((event) => event.dead), ...events.map((event) => event.asDead())];
  expect(new Set(dead.map(({ id }) => id)).size).toBe(1_000);
  expect(parse).toHaveBeenCalledTimes(2);
  parse.mockRestore();
});

test.each([
  ['bytes', `[${' '.repeat(1024 * 1024)}]`, 'body_too_large'],
  ['events', `[${'0,'.repeat(1_000)}0]`, 'invalid_request'],
])('a message of more %s than any publisher sends is one dead letter', (_, json, reason) => {
  const message = batch(json);
  expect(readEvents(tried, message, 1)).toMatchObject({
    events: [],
    refused: [{ dead: { index: 0 }, reason }],
  });
});
