import { bucket } from '@weir/contracts/bucket';
import { consumedAs } from '@weir/contracts/durable-consumers';
import { durableEvent, endpoint, event, streamEndpoint } from '@weir/contracts/descriptors';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { collect } from '@weir/testkit/collect';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Bus } from './bus/bus.ts';
import { DeclaredBus } from './declared-bus.ts';

const none = z.object({});
const stream = { name: 'CLOCK', subjects: ['weir.v1.clock.>'], maxBytes: 1 };
const tell = endpoint('clock.tell', { request: none, reply: none, timeoutMs: 1 });
const tick = streamEndpoint('clock.tick', {
  ...{ request: none, head: none, trailer: none },
  ...{ acceptTimeoutMs: 1, idleTimeoutMs: 1, timeoutMs: 1 },
});
const struck = event('clock.struck', { data: none });
const wound = durableEvent('clock.wound', { stream, data: none });
const zones = bucket('zones', { value: none, history: 1, storage: 'file' });

const everything = serviceManifest({
  name: 'clock',
  description: 'tells the time',
  serves: [tell, tick],
  requests: [tell, tick],
  emits: [struck, wound],
  subscribes: [struck],
  consumes: [wound, consumedAs(wound, 'ledger')],
  buckets: [zones],
  streams: [stream],
});

/** All that there is to do on a bus, each a call that a manifest must allow. */
const uses: Record<string, (bus: Bus) => unknown> = {
  'serves clock.tell': (bus) => {
    bus.serve(tell, () => ({}));
  },
  'serves clock.tick': (bus) => {
    bus.serveStream(tick, async () => undefined);
  },
  'subscribes clock.struck': (bus) => {
    bus.subscribe(struck, () => undefined);
  },
  'consumes clock.wound': (bus) => {
    bus.consume(wound, async () => undefined);
  },
  'consumes clock.wound as ledger': (bus) => {
    bus.consume(wound, async () => undefined, { as: 'ledger' });
  },
  'buckets weir-zones': (bus) => bus.store(zones),
  'streams CLOCK': (bus) => bus.ensureStream(stream),
  'requests clock.tell': (bus) => bus.request(tell, {}, testEnvelope()),
  'requests clock.tick': (bus) =>
    bus.requestStream(tick, new Uint8Array(), testEnvelope(), collect<typeof tick>()),
  'emits clock.struck': (bus) => {
    bus.publish(struck, {}, testEnvelope());
  },
  'emits clock.wound': (bus) => {
    bus.publishDurable(wound, {}, 'id');
  },
};
const usesOfStart = Object.entries(uses).slice(0, 7);

function busOf(manifest: typeof everything) {
  const calls = vi.fn();
  const bus = new Proxy({} as Bus, { get: () => calls });
  return { bus: new DeclaredBus(bus, manifest), calls };
}

test.each(Object.entries(uses))(
  'what the manifest does not list is an error at its first use: %s',
  async (name, use) => {
    const { bus, calls } = busOf(serviceManifest({ name: 'clock', description: '' }));
    const [, part, contract] = /^(\w+) (.+)$/.exec(name) ?? [];
    await expect(async () => use(bus)).rejects.toThrow(
      `clock may not use ${contract}: services/clock/src/manifest.ts does not list it in "${part}"`,
    );
    expect(calls).not.toHaveBeenCalled();
  },
);

test('what the manifest lists is done', async () => {
  const { bus, calls } = busOf(everything);
  for (const use of Object.values(uses)) await use(bus);
  expect(calls).toHaveBeenCalledTimes(Object.keys(uses).length);
  expect(() => {
    bus.assertComplete();
  }).not.toThrow();
});

test.each(usesOfStart)(
  'a start without what the manifest lists is an error that says what: %s',
  async (left) => {
    const { bus } = busOf(everything);
    for (const [name, use] of usesOfStart) if (name !== left) await use(bus);
    const [, part, contract] = /^(\w+) (.+)$/.exec(left) ?? [];
    expect(() => {
      bus.assertComplete();
    }).toThrow(`clock has started without what services/clock/src/manifest.ts lists: ${contract} (${part})`);
  },
);

test('a service reads the positions of its own consumers, and of no other', () => {
  const { bus } = busOf(everything);
  expect(() => bus.consumerPosition(wound, { as: 'ledger' })).not.toThrow();
  expect(() => bus.consumerPosition(wound, { as: 'other' })).toThrow(
    'clock may not use clock.wound as other',
  );
});

test('a service looks for itself and for those that it asks, and for no other', () => {
  const { bus } = busOf(everything);
  expect(() => bus.instances('clock', 1)).not.toThrow();
  expect(() => bus.isServed('watch', 1)).toThrow('clock may not look for watch');
});
