import type { Admit, RequestHead } from '@weir/ingress/admission';
import { createAuthentication } from '@weir/ingress/authentication/authentication';
import type { Bus } from '@weir/service-kit/bus/bus';
import { systemClock } from '@weir/service-kit/clock';
import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';

/** What the ingress has before it, to admit a request with this key. */
export function headWith(key: string): RequestHead {
  return {
    headers: { authorization: `Bearer ${key}` },
    ip: '127.0.0.1',
    responseWriter: {
      requestId: '01990000-0000-7000-8000-000000000000',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ended: new Promise(() => undefined),
    },
  };
}

/** The ingress' own authentication in this process; `load` resolves when its copies have all keys. */
export function startVerifier(bus: Bus): { admit: Admit; load: () => Promise<void> } {
  const authentication = createAuthentication({
    adminKey: undefined,
    bus,
    clock: systemClock,
    instance: 'bench',
    logger: createLogger({ service: 'ingress', instance: 'bench', level: 'warn' }),
    metrics: createMetrics('ingress'),
    sealingPair: createSealingPair(),
  });
  return {
    admit: authentication.authenticate,
    load: () =>
      eventually(() => {
        const [lack] = authentication.missing();
        if (lack !== undefined) throw new Error(`the ingress still lacks ${lack}`);
      }, 60_000),
  };
}

/** The bus of an ingress whose copies of buckets never come. */
export function withoutStores(bus: Bus): Bus {
  return new Proxy(bus, {
    get: (target, property) => {
      if (property === 'store') return () => new Promise(() => undefined);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
