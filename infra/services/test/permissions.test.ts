import { connect, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import { instanceSubject } from '@weir/contracts/frames';
import { type ServiceManifest, serviceManifest } from '@weir/contracts/service-manifest';
import { usageAdjusted, usagePriced } from '@weir/contracts/usage-events';
import { eventually } from '@weir/testkit/eventually';
import { type NatsTestServer, startNats } from '@weir/testkit/servers/nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { natsUsersOf, services } from '../src/services.ts';
import { allContracts, type AllContracts } from './all-contracts.ts';

let server: NatsTestServer;
let contracts: AllContracts;
beforeAll(async () => {
  server = await startNats({ config: 'weir' });
  contracts = await allContracts();
});
afterAll(() => server.close());

function connectAs(user: string, to = server): Promise<NatsConnection> {
  const { username, password, host } = new URL(to.urlFor(user));
  return connect({ servers: host, user: username, pass: password, reconnect: false });
}

/** Which of these subjects the server lets the user subscribe and publish to, as a member of the queue group if one is named. */
async function allowed(user: string, subjects: { publish: string[]; subscribe: string[] }, queue?: string) {
  const connection = await connectAs(user);
  const refused = { publish: new Set<string>(), subscription: new Set<string>() };
  const listening = collectViolations(connection, (error) => {
    refused[error.operation].add(error.subject);
  });
  for (const subject of subjects.subscribe)
    connection.subscribe(subject, { ...(queue !== undefined && { queue }), callback: () => undefined });
  for (const subject of subjects.publish) connection.publish(subject, 'x');
  // The server answers in order: what it has not refused by now it has granted.
  await connection.flush();
  await connection.close();
  await listening;
  return {
    publish: subjects.publish.filter((subject) => !refused.publish.has(subject)),
    subscribe: subjects.subscribe.filter((subject) => !refused.subscription.has(subject)),
  };
}

async function collectViolations(
  connection: NatsConnection,
  onViolation: (error: PermissionViolationError) => void,
) {
  for await (const status of connection.status()) {
    if (status.type === 'error' && status.error instanceof PermissionViolationError)
      onViolation(status.error);
  }
}

const subjectsOf = (list: readonly { subject: string }[]) => list.map(({ subject }) => subject);
const namesOf = (list: readonly { name: string }[]) => list.map(({ name }) => name);

/** Of all contracts, those that a user may use, by what its manifest says. */
const declared = (manifest: ServiceManifest) => ({
  publish: [...subjectsOf(manifest.requests), ...subjectsOf(manifest.emits)],
  serve: subjectsOf(manifest.serves),
  subscribe: subjectsOf(manifest.subscribes),
});

const everyone = natsUsersOf(services);

test('the contracts are found', () => {
  expect(contracts.endpoints.length).toBeGreaterThan(10);
  expect(namesOf(contracts.buckets)).toContain('weir-routing-configs');
  expect(namesOf(contracts.streams)).toEqual(expect.arrayContaining(['WEIR_USAGE', 'WEIR_DEAD_LETTERS']));
});

test.each(services)(
  'of all endpoints and events $name may use those that its manifest lists',
  async (manifest) => {
    const alone = (endpoints: readonly { subject: string }[]) =>
      subjectsOf(endpoints).map((subject) => instanceSubject(subject, 'a-2'));
    const all = [
      ...subjectsOf(contracts.endpoints),
      ...alone(contracts.endpoints),
      ...subjectsOf(contracts.events),
    ];
    const wildcards = ['weir.v1.>', 'weir.v1.*.*', ...services.map(({ name }) => `weir.v1.${name}.*`)];
    const granted = await allowed(manifest.name, { publish: all, subscribe: [...all, ...wildcards] });
    const asMember = await allowed(
      manifest.name,
      { publish: [], subscribe: [...all, ...wildcards] },
      manifest.name,
    );
    const { publish, serve, subscribe } = declared(manifest);
    const served = [...alone(manifest.serves), ...subscribe];
    expect(granted.publish.sort()).toEqual([...new Set([...publish, ...alone(manifest.requests)])].sort());
    expect(granted.subscribe.sort()).toEqual([...new Set(served)].sort());
    expect(asMember.subscribe.sort()).toEqual([...new Set([...serve, ...served])].sort());
  },
);

test.each(services)(
  'of all buckets and streams $name may use those that its manifest lists',
  async (manifest) => {
    const { name, buckets, follows, streams, consumes } = manifest;
    const ownStreams = [
      ...namesOf(streams),
      ...(consumes.length > 0 ? ['WEIR_DEAD_LETTERS'] : []),
      ...[...buckets, ...follows].map((bucket) => `KV_${bucket.name}`),
    ];
    const allStreams = [
      ...namesOf(contracts.streams),
      ...contracts.buckets.map((bucket) => `KV_${bucket.name}`),
    ];
    const api = (verb: string) => (stream: string) => `$JS.API.STREAM.${verb}.${stream}`;
    const forbidden = ['DELETE', 'PURGE', 'UPDATE', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE'];
    const follow = (bucket: { name: string }) =>
      `$JS.API.CONSUMER.CREATE.KV_${bucket.name}.w.$KV.${bucket.name}.>`;
    const write = (bucket: { name: string }) => `$KV.${bucket.name}.key`;
    const { publish, subscribe } = await allowed(name, {
      publish: [
        ...['CREATE', 'INFO', ...forbidden].flatMap((verb) => allStreams.map(api(verb))),
        ...allStreams.flatMap((stream) => [
          `$JS.API.CONSUMER.CREATE.${stream}`,
          `$JS.API.CONSUMER.DELETE.${stream}.x`,
        ]),
        ...contracts.buckets.flatMap((bucket) => [follow(bucket), write(bucket)]),
      ],
      subscribe: contracts.buckets.map((bucket) => `$KV.${bucket.name}.>`),
    });
    const seen = new Set([...ownStreams, ...consumes.map(({ stream }) => stream.name)]);
    const expected = [
      ...ownStreams.map(api('CREATE')),
      ...[...seen].map(api('INFO')),
      ...[...buckets, ...follows].map(follow),
      ...buckets.map(write),
    ];
    expect(publish.sort()).toEqual(expected.sort());
    expect(subscribe).toEqual([]);
  },
);

test.each(services)(
  '$name reads its own inbox only, and writes to those whose requests it answers',
  async (manifest) => {
    const { name } = manifest;
    const asksIt = (other: ServiceManifest) => other.requests.some(({ service }) => service === name);
    const { publish, subscribe } = await allowed(name, {
      publish: everyone.map((user) => `_INBOX_${user}.instance.1`),
      subscribe: ['_INBOX.>', '>', ...everyone.map((user) => `_INBOX_${user}.>`)],
    });
    expect(subscribe).toEqual([`_INBOX_${name}.>`]);
    const expected = [...services.filter(asksIt).map((other) => other.name), name, 'operator'];
    expect(publish.sort()).toEqual([...new Set(expected)].map((user) => `_INBOX_${user}.instance.1`).sort());
  },
);

test('the operator sees no request and no event, and sends none but replays', async () => {
  const all = [...subjectsOf(contracts.endpoints), ...subjectsOf(contracts.events)];
  const granted = await allowed('operator', {
    publish: [...all, 'weir.v1.replays.cost.usage.attempted'],
    subscribe: all,
  });
  expect(granted).toEqual({ publish: ['weir.v1.replays.cost.usage.attempted'], subscribe: [] });
});

test('the observer hears everything and says nothing', async () => {
  const all = [
    ...subjectsOf(contracts.endpoints),
    ...subjectsOf(contracts.events),
    '$JS.API.INFO',
    '$SRV.PING',
  ];
  const granted = await allowed('observer', { publish: all, subscribe: ['weir.v1.>', '_INBOX_ingress.>'] });
  expect(granted).toEqual({ publish: [], subscribe: ['weir.v1.>', '_INBOX_ingress.>'] });
});

test('a subscriber outside hears what has been priced, and neither hears nor says anything else', async () => {
  const all = [...subjectsOf(contracts.endpoints), ...subjectsOf(contracts.events)];
  const inboxes = everyone.map((user) => `_INBOX_${user}.>`);
  const granted = await allowed('subscriber', {
    publish: [...all, '$JS.API.INFO', '$JS.API.STREAM.INFO.WEIR_USAGE', '$SRV.PING', '_INBOX_cost.a'],
    subscribe: [...all, ...inboxes, 'weir.v1.>', 'weir.v1.usage.>', '$KV.>', '$JS.>', '>'],
  });
  expect(granted).toEqual({ publish: [], subscribe: [usagePriced.subject] });
});

test('it gets the event that is exported, and no other of its publisher', async () => {
  const manifest = serviceManifest({ name: 'cost', description: '', emits: [usageAdjusted, usagePriced] });
  const another = await startNats({ config: 'weir', services: [manifest] });
  const [subscriber, cost] = await Promise.all([
    connectAs('subscriber', another),
    connectAs('cost', another),
  ]);
  const heard: string[] = [];
  subscriber.subscribe('weir.v1.usage.priced', {
    callback: (_error, message) => {
      heard.push(message.string());
    },
  });
  await subscriber.flush();
  cost.publish(usageAdjusted.subject, 'adjusted');
  cost.publish(usagePriced.subject, 'priced');
  await cost.flush();
  await eventually(() => {
    expect(heard).toEqual(['priced']);
  });
  await Promise.all([subscriber.close(), cost.close()]);
  await another.close();
});
