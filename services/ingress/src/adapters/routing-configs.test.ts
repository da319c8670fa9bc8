import { routingConfigs } from '@weir/contracts/routing/buckets';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { RoutingConfigs } from './routing-configs.ts';

test.each([
  ['garbage', 'garbage'],
  ['with guardrails of another form', { input_guardrails: { all: ['strict'] } }],
  ['with a cache of another form', { cache: { mode: 'by-weekday' } }],
])(
  'nothing is known of a config that cannot be read, so that no cache answers for it: %s',
  async (_what, config) => {
    const store = new MemoryStore(routingConfigs);
    const configs = new RoutingConfigs({ bus: { store: () => Promise.resolve(store) as never } });
    await Promise.resolve();
    expect(configs.stored()).toBe('none');
    store.putRaw('default', typeof config === 'string' ? config : JSON.stringify({ config, updatedAtMs: 0 }));
    expect(configs.stored()).toBeUndefined();
    await store.put('default', { config: {}, updatedAtMs: 0 });
    expect(configs.stored()).toMatchObject({ required: { input: [], output: [] } });
  },
);
