import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { used } from '@weir/testkit/conformance/contracts';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterEach, beforeEach, expect, test } from 'vitest';

let server: NatsTestServer;
beforeEach(async () => {
  server = await startNats({ config: 'open' });
});
afterEach(() => server.close());

/** A way to the server on which every connection for JetStream, by its name, is read no further once that is told. */
async function openLink() {
  let isHung = false;
  const link = createServer((near) => {
    const far = connect(server.port, '127.0.0.1');
    let name = '';
    near.on('data', (bytes) => {
      name ||= /"name":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
      if (!isHung || !name.endsWith('-jetstream')) far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  link.listen(0, '127.0.0.1');
  await once(link, 'listening');
  return {
    url: `nats://127.0.0.1:${(link.address() as AddressInfo).port}`,
    hang: () => (isHung = true),
    close: () => link.close(),
  };
}

test('while a server hangs over what it is to store, requests are answered as before', async () => {
  const link = await openLink();
  const bus = await connectTestBus({ url: link.url, service: 'router', drainTimeoutMs: 100 });
  link.hang();
  bus.publishDurable(used, { units: 1 }, 'stuck');
  bus.announce();
  for (let round = 0; round < 3; round++) expect(await bus.instances('router', 200)).toHaveLength(1);
  let isStored = false;
  const stored = bus.durablePublished().then(
    () => (isStored = true),
    () => undefined,
  );
  expect(bus.missing).toEqual([]);
  // Whoever is told to stop does, though what waits for that server never comes to an end.
  await bus.drain();
  link.close();
  await stored;
  expect(isStored).toBe(false);
}, 20_000);
