import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { Authenticated, RequestHead } from '../src/admission.ts';
import { createAuthentication } from '../src/authentication/authentication.ts';
import type { RequestOutcome } from '../src/http/request-outcome.ts';
import { FakeBus } from './fake-bus.ts';

/** Authentication without HTTP, at a time that is the test's; its copies are loaded and the verification key is known. */
export async function startAuthentication({ bus = new FakeBus() }: { bus?: FakeBus } = {}) {
  const clock = new FakeClock();
  const metrics = createMetrics('ingress');
  const authentication = createAuthentication({
    adminKey: undefined,
    bus,
    clock,
    instance: 'this',
    logger: createLogger({ service: 'ingress', instance: 'this', level: 'silent' }),
    metrics,
    sealingPair: createSealingPair(),
  });
  await settled();
  const authenticate = async (key: string, ip?: string): Promise<Authenticated> =>
    authentication.authenticate(headOf(key, ip).head);
  /** How a request with this key ends; what has to wait is given its time. */
  const outcome = async (key: string, ip?: string): Promise<string> => {
    const asked = authenticate(key, ip).then(
      () => 'admitted',
      (thrown: unknown) => Fault.from(thrown).code,
    );
    await clock.advanceAsync(0);
    if (clock.waiting > samplers) await clock.advanceAsync(5_000);
    return asked;
  };
  return {
    admit: authentication.authenticate,
    missing: authentication.missing,
    authenticate,
    bus,
    clock,
    metrics,
    outcome,
  };
}

/** The timers that always run: one for each copy. */
const samplers = 3;

/** Lets everything happen that waits for no time to pass. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

const { requestId, traceparent } = testEnvelope();

/** The head of a request; `leave` ends it, as when its client goes away. */
export function headOf(key: string, ip = '203.0.113.7'): { head: RequestHead; leave: () => void } {
  const { promise: ended, resolve } = Promise.withResolvers<RequestOutcome>();
  return {
    head: {
      headers: { authorization: `Bearer ${key}` },
      ip,
      responseWriter: { requestId, traceparent, ended },
    },
    leave: () => {
      resolve({} as RequestOutcome);
    },
  };
}
