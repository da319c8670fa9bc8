import { jetstreamManager } from '@nats-io/jetstream';
import { connect, headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';
import {
  consumerName,
  deadLetterHeaders,
  deadLetterStream,
  deadLetterSubject,
  replaySubject,
} from '@weir/contracts/durable-consumers';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { attemptMade } from '@weir/contracts/usage-events';
import { natsOptions } from '@weir/service-kit/bus/connection/nats-connection';
import { deleteDeadLetter, listDeadLetters } from '@weir/service-kit/bus/jetstream/dead-letters';
import { type NatsTestServer, startNats } from '@weir/testkit/servers/nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { weir } from './weir-process.ts';

const names = ['cost', 'audit'] as const;
type User = (typeof names)[number] | 'operator';
const secret = 'what a caller wrote';

let server: NatsTestServer;
const connections: Record<string, NatsConnection> = {};
beforeAll(async () => {
  const services = names.map((name) =>
    serviceManifest({ name, description: 'consumes', consumes: [attemptMade] }),
  );
  server = await startNats({ config: 'weir', services });
  for (const name of [...names, 'operator'] as const) {
    const options = natsOptions({ url: server.urlFor(name), name, inboxPrefix: `_INBOX_${name}` });
    connections[name] = await connect(options);
  }
  const manager = await jetstreamManager(as('cost'), { checkAPI: false });
  await manager.streams.add({
    ...deadLetterStream,
    subjects: [...deadLetterStream.subjects],
    retention: 'workqueue',
  });
});
afterAll(async () => {
  await Promise.all(Object.values(connections).map((nats) => nats.close()));
  await server.close();
});

function as(name: User): NatsConnection {
  const connection = connections[name];
  if (!connection) throw new Error(`there is no connection of ${name}`);
  return connection;
}

const run = (...args: string[]) => weir(args, { NATS_URL: server.urlFor('operator') });

/** As a service does that gives an event up. */
async function giveUp(service: (typeof names)[number], eventId: string): Promise<string> {
  const headers = createHeaders();
  const of = deadLetterHeaders;
  for (const [name, value] of [
    [of.eventId, eventId],
    [of.reason, 'internal_error'],
    [of.deliveries, '5'],
    [of.time, '2026-11-28T03:00:00.000Z'],
    [of.stream, 'WEIR_USAGE'],
    [of.sequence, '7'],
    [of.subject, attemptMade.subject],
    ['content-type', 'application/cloudevents+json'],
  ] as const) {
    headers.append(name, value);
  }
  const body = JSON.stringify({ id: eventId, data: secret });
  const reply = await as(service).request(deadLetterSubject({ service, event: attemptMade.name }), body, {
    headers,
    timeout: 5_000,
  });
  return String(reply.json<{ seq: number }>().seq);
}

let ids: string[] = [];
beforeEach(async () => {
  const { letters } = await listDeadLetters(as('operator'));
  for (const { sequence } of letters) await deleteDeadLetter(as('operator'), sequence);
  ids = [await giveUp('cost', 'e-1'), await giveUp('audit', 'e-2'), await giveUp('cost', 'e-3')];
});

const listedIds = async (...args: string[]) => {
  const { out } = await run('dead-letters', 'list', '--json', ...args);
  return (JSON.parse(out) as { data: { id: number }[] }).data.map(({ id }) => String(id));
};

test('dead letters are listed and counted, by service and page by page, without what is in them', async () => {
  const { code, out, err } = await run('dead-letters', 'list');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^ID +SERVICE +EVENT +EVENT ID +REASON +DELIVERIES +DEAD SINCE\n/);
  expect(out).toMatch(
    new RegExp(`${ids[1]} +audit +usage.attempted +e-2 +internal_error +5 +2026-11-28T03:00:00.000Z`),
  );
  expect(out).not.toContain(secret);
  expect(await listedIds('--service', 'cost')).toEqual([ids[0], ids[2]]);
  const page = await run('dead-letters', 'list', '--limit', '2');
  expect(page.err).toContain(`There are more: add --after ${ids[1]}`);
  expect(await listedIds('--limit', '2', '--after', ids[1] ?? '')).toEqual([ids[2]]);
  expect((await run('dead-letters', 'count')).out).toMatch(/cost +usage.attempted +2/);
});

test('a dead letter is shown without the event, and with it only to who asks', async () => {
  const [id = ''] = ids;
  const shown = await run('dead-letters', 'show', id);
  expect(shown.out).toContain('WEIR_USAGE 7 weir.v1.usage.attempted');
  expect(shown.out).not.toContain(secret);
  expect((await run('dead-letters', 'show', id, '--contents', '--json')).out).toContain(secret);
});

test('what is replayed reaches the service that gave it up, byte by byte, and is a dead letter no more', async () => {
  const { name: stream } = deadLetterStream;
  const consumer = consumerName('cost', attemptMade);
  const filter = replaySubject({ service: 'cost', event: attemptMade.name });
  const config = { durable_name: consumer, name: consumer, filter_subject: filter, ack_policy: 'explicit' };
  await as('cost').request(
    `$JS.API.CONSUMER.CREATE.${stream}.${consumer}.${filter}`,
    JSON.stringify({ stream_name: stream, config }),
    { timeout: 5_000 },
  );

  const { code, out, err } = await run('replay', '--service', 'cost', '--event', 'usage.attempted');
  expect({ code, err }).toEqual({ code: 0, err: '2 were replayed\n' });
  expect(out).toBe(`replayed ${ids[0]} cost usage.attempted\nreplayed ${ids[2]} cost usage.attempted\n`);
  expect(await listedIds()).toEqual([ids[1]]);

  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  const replayed = await as('cost').request(next, '', { timeout: 5_000, noMux: true });
  expect(replayed.subject).toBe(filter);
  expect(replayed.json()).toEqual({ id: 'e-1', data: secret });
});

test('a dry run says which it would be and leaves them where they are', async () => {
  const { code, out, err } = await run('replay', '--all', '--dry-run');
  expect({ code, err }).toEqual({ code: 0, err: '3 would be replayed\n' });
  for (const id of ids) expect(out).toContain(`\n${id} `);
  expect(await listedIds()).toEqual(ids);
});

test('single ones are replayed by their ids, and one that is not there is said', async () => {
  const { code, out, err } = await run('replay', ids[1] ?? '', '99999');
  expect(out).toBe(`replayed ${ids[1]} audit usage.attempted\n`);
  expect(err).toContain(
    'weir: There is no dead letter 99999. Those that there are: weir dead-letters list\n',
  );
  expect(code).toBe(1);
  expect(await listedIds()).toEqual([ids[0], ids[2]]);
});

test.each([['show'], ['delete']])('%s of one that is not there fails with one line', async (command) => {
  const { code, err } = await run('dead-letters', command, '99999');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'weir: There is no dead letter 99999. Those that there are: weir dead-letters list\n',
  });
});
