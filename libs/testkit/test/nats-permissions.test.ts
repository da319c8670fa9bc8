import { connect, headers, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import type { NatsUser } from '@weir/services/services';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type NatsTestServer, startNats } from '../src/servers/nats.ts';

let server: NatsTestServer;
const connections: NatsConnection[] = [];
beforeAll(async () => {
  server = await startNats({ config: 'weir' });
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});
afterAll(() => server.close());

async function connectAs(user: NatsUser): Promise<NatsConnection> {
  const { username, password, host } = new URL(server.urlFor(user));
  const connection = await connect({
    servers: host,
    user: username,
    pass: password,
    inboxPrefix: `_INBOX_${user}`,
    reconnect: false,
  });
  connections.push(connection);
  return connection;
}

/** What the server says of a subscription: its violation, or nothing. */
async function subscribing(user: NatsUser, subject: string, queue?: string): Promise<unknown> {
  const connection = await connectAs(user);
  const verdict = Promise.withResolvers<unknown>();
  connection.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (error) => {
      verdict.resolve(error);
    },
  });
  // The server answers in order: what it has not refused by now it has granted.
  await connection.flush();
  verdict.resolve(undefined);
  return verdict.promise;
}

/** What the server says of a message: its violation, or nothing. */
async function publishing(user: NatsUser, subject: string): Promise<unknown> {
  const connection = await connectAs(user);
  const violations: Error[] = [];
  const statuses = connection.status()[Symbol.asyncIterator]();
  const firstError = (async () => {
    for (let next = await statuses.next(); !next.done; next = await statuses.next()) {
      if (next.value.type === 'error') violations.push(next.value.error);
    }
  })();
  connection.publish(subject, 'x');
  await connection.flush();
  await connection.close();
  await firstError;
  return violations[0];
}

const refused: unknown = expect.any(PermissionViolationError);

test.each([
  ['router', '_INBOX_ingress.>'],
  ['router', '_INBOX_ingress.abc.1'],
  ['router', '>'],
  ['router', '$SRV.PING.ingress'],
  ['ingress', 'weir.v1.router.>'],
  ['ingress', 'weir.v1.router.complete'],
  ['ingress', '_INBOX_operator.>'],
  ['ingress', '$KV.weir-routing-configs.>'],
  ['router', 'weir.v1.usage.>'],
  ['router', 'weir.v1.router.>'],
  ['router', 'weir.v1.router.undeclared'],
  ['router', 'weir.v1.router.complete'],
  ['ingress', 'weir.v1.ingress.complete'],
  ['keys', 'weir.v1.keys.verify'],
  ['router', 'weir.v1.keys.verify.abc'],
  ['router', '$SRV.>'],
  ['router', '$SRV.*'],
  ['router', '$SRV.PING.*'],
  ['operator', '$SRV.>'],
  ['router', '_INBOX.>'],
  ['ingress', '>'],
  ['operator', 'weir.v1.>'],
  ['operator', '_INBOX_ingress.>'],
] as const)('%s may not listen on %s', async (user, subject) => {
  expect(await subscribing(user, subject)).toEqual(refused);
});

test.each([
  ['router', 'weir.v1.router.control.abc-0'],
  ['router', 'weir.v1.router.complete.abc'],
  ['router', '$SRV.PING.router.abc'],
  ['router', '$SRV.PING'],
  ['ingress', '_INBOX_ingress.abc.*'],
  ['ingress', 'weir.v1.ingress.control.abc-0'],
  ['ingress', '$SRV.STATS.ingress'],
  ['operator', '_INBOX_operator.>'],
  ['observer', 'weir.v1.>'],
  ['observer', '_INBOX_ingress.>'],
] as const)('%s may listen on %s', async (user, subject) => {
  expect(await subscribing(user, subject)).toBeUndefined();
});

test('who serves an endpoint hears what it is asked as one of its queue group, and in no other', async () => {
  const subject = 'weir.v1.router.complete';
  expect(await subscribing('router', subject, 'router')).toBeUndefined();
  expect(await subscribing('router', subject, 'other')).toEqual(refused);
  expect(await subscribing('router', 'weir.v1.router.>', 'router')).toEqual(refused);
});

test('the observer takes no request away: it may not join a queue group', async () => {
  expect(await subscribing('observer', 'weir.v1.router.complete', 'router')).toEqual(refused);
});

test.each([
  ['router', 'weir.v1.router.complete'],
  ['router', 'weir.v1.keys.verify'],
  ['router', 'weir.v1.keys.create-admin-key.abc'],
  ['ingress', 'weir.v1.keys.get-real-key.abc'],
  ['router', '$SRV.PING'],
  ['operator', '$SRV.OTHER'],
  ['router', '$JS.API.STREAM.CREATE.x'],
  ['router', '$JS.API.STREAM.DELETE.KV_weir-routing-configs'],
  ['router', '$JS.API.STREAM.PURGE.KV_weir-routing-configs'],
  ['router', '$JS.API.STREAM.UPDATE.KV_weir-routing-configs'],
  ['router', '$JS.API.STREAM.MSG.DELETE.KV_weir-routing-configs'],
  ['router', '$JS.API.STREAM.INFO.KV_weir-virtual-keys'],
  ['router', '$JS.API.STREAM.NAMES'],
  ['router', '$JS.API.CONSUMER.CREATE.WEIR_USAGE.all.>'],
  ['router', '$JS.API.CONSUMER.CREATE.KV_weir-virtual-keys.watch.$KV.weir-virtual-keys.>'],
  ['router', '$JS.API.STREAM.MSG.GET.WEIR_USAGE'],
  ['router', '$JS.API.STREAM.DELETE.WEIR_USAGE'],
  ['router', '$JS.API.STREAM.PURGE.WEIR_USAGE'],
  ['router', '$KV.weir-provider-credentials.a'],
  ['ingress', 'weir.v1.keys.get-real-key'],
  ['ingress', '$KV.weir-virtual-keys.a'],
  ['ingress', '$JS.API.STREAM.MSG.GET.KV_weir-provider-credentials'],
  ['ingress', 'weir.v1.usage.attempted'],
  ['ingress', '$KV.weir-routing-configs.a'],
  ['ingress', '$JS.API.STREAM.MSG.GET.KV_weir-spending-limits'],
  ['ingress', '$JS.API.CONSUMER.CREATE.KV_weir-spending-limits.watch.$KV.weir-spending-limits.>'],
  ['ingress', '$KV.weir-cache-rules.rules'],
  ['ingress', '$JS.API.STREAM.CREATE.x'],
  ['ingress', 'weir.v1.router.undeclared'],
  ['ingress', 'weir.v1.usage.undeclared'],
  ['operator', 'weir.v1.router.complete'],
  ['observer', 'weir.v1.router.complete'],
  ['observer', '_INBOX_ingress.abc.1'],
  ['observer', '$JS.API.STREAM.NAMES'],
  ['operator', '$JS.API.STREAM.DELETE.x'],
  ['operator', '$JS.API.STREAM.MSG.GET.KV_weir-routing-configs'],
  ['operator', '$KV.weir-routing-configs.a'],
  ['operator', 'weir.v1.dead-letters.router.usage.tried'],
  ['operator', '$JS.API.STREAM.MSG.GET.WEIR_USAGE'],
  ['router', 'weir.v1.dead-letters.cost.usage.tried'],
  ['router', 'weir.v1.replays.router.usage.tried'],
  ['router', '$JS.API.CONSUMER.MSG.NEXT.WEIR_USAGE.cost-usage-attempted'],
] as const)('%s may not send to %s', async (user, subject) => {
  expect(await publishing(user, subject)).toEqual(refused);
});

test.each([
  ['router', '_INBOX_ingress.abc.1'],
  ['router', '_INBOX_operator.abc.1'],
  ['router', 'weir.v1.usage.attempted'],
  ['router', '$JS.API.STREAM.CREATE.WEIR_USAGE'],
  ['router', '$JS.API.STREAM.INFO.WEIR_USAGE'],
  ['router', '$KV.weir-routing-configs.a'],
  ['router', '$KV.weir-target-health.a.b'],
  ['router', '$JS.API.STREAM.CREATE.KV_weir-routing-configs'],
  ['router', '$JS.API.CONSUMER.CREATE.KV_weir-target-health.watch.$KV.weir-target-health.>'],
  ['router', '$JS.FC.KV_weir-target-health.watch.x'],
  ['ingress', 'weir.v1.router.complete'],
  ['ingress', 'weir.v1.router.complete.abc'],
  ['ingress', 'weir.v1.router.control.abc-0'],
  ['ingress', '$SRV.PING.router'],
  ['operator', '$SRV.INFO'],
  ['operator', '$SRV.STATS.router'],
  ['operator', '$SRV.STATS.router.abc'],
  ['operator', '$JS.API.INFO'],
  ['operator', '$JS.API.STREAM.INFO.WEIR_USAGE'],
  ['operator', '$JS.API.CONSUMER.LIST.KV_weir-routing-configs'],
  ['operator', '$JS.API.STREAM.MSG.GET.WEIR_DEAD_LETTERS'],
  ['operator', 'weir.v1.replays.router.usage.tried'],
] as const)('%s may send to %s', async (user, subject) => {
  expect(await publishing(user, subject)).toBeUndefined();
});

test('a body of 8 MiB goes through with headers', async () => {
  const [ingress, router] = await Promise.all([connectAs('ingress'), connectAs('router')]);
  router.subscribe('weir.v1.router.complete', {
    queue: 'router',
    callback: (_error, message) => {
      message.respond(String(message.data.length));
    },
  });
  await router.flush();
  const body = new Uint8Array(8 * 1024 * 1024);
  const head = headers();
  head.set('Weir', 'x'.repeat(16 * 1024));
  const reply = await ingress.request('weir.v1.router.complete', body, {
    timeout: 10_000,
    headers: head,
  });
  expect(reply.string()).toBe(String(body.length));
});

test('nobody gets in without a password', async () => {
  await expect(connect({ servers: `127.0.0.1:${server.port}`, reconnect: false })).rejects.toThrow(
    /authorization/i,
  );
});
