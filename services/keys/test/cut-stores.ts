import type { Bucket } from '@weir/contracts/bucket';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';

/** For a test to set. */
export interface StoreCut {
  /** Whether writes to buckets fail, as they do while JetStream is away. */
  isCut: boolean;
  /** What a write waits for before it is sent, as on a slow connection. */
  readonly untilSent?: () => Promise<void>;
}

/** A bus whose buckets cannot be written while they are cut, or later. All else goes on. */
export function cutStores(bus: Bus, cut: StoreCut): Bus {
  return new Proxy(bus, {
    get: (target, name) => {
      if (name === 'store') return async (bucket: Bucket) => cutStore(await target.store(bucket), cut);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function cutStore<B extends Bucket>(store: Store<B>, cut: StoreCut): Store<B> {
  const send = async () => {
    await cut.untilSent?.();
    if (cut.isCut) throw new Fault('service_unavailable');
  };
  return {
    get isCurrent() {
      return store.isCurrent;
    },
    get: (key) => store.get(key),
    entries: () => store.entries(),
    unreadable: store.unreadable,
    watch: (listener) => {
      store.watch(listener);
    },
    history: (key) => store.history(key),
    put: async (key, value, options) => {
      await send();
      return store.put(key, value, options);
    },
    delete: async (key, options) => {
      await send();
      await store.delete(key, options);
    },
  };
}
