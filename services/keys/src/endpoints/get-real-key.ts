import type { getRealKey, providerCredentials } from '@weir/contracts/keys/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import { notFound } from '@weir/service-kit/admin/reach';
import type { KeyWrapper } from '../vault/key-wrapper.ts';
import { UnreadableRealKey, unwrapRealKey } from '../vault/real-key.ts';

interface GetRealKeyParts {
  /** The bucket, so that it answers while the database is away. */
  readonly credentials: Pick<Store<typeof providerCredentials>, 'get'>;
  readonly wrapper: KeyWrapper;
  readonly metrics: Metrics;
}

/** A real key, decrypted here and sealed to the router that asks for it. */
export function createGetRealKey({
  credentials,
  metrics,
  wrapper,
}: GetRealKeyParts): EndpointHandler<typeof getRealKey> {
  const unreadable = metrics.counter({
    name: 'keys_unreadable_credentials_total',
    help: 'Credentials that were asked for and whose token could not be used, by what is wrong with it',
    labels: ['reason'],
  });
  return async ({ data: { credentialId: id, publicKey } }) => {
    const credential = credentials.get(id)?.value;
    if (!credential?.enabled) throw notFound('credential', id);
    const { token, version } = credential;
    try {
      return { sealedKey: seal(await unwrapRealKey(wrapper, { id, token }), publicKey), version };
    } catch (thrown) {
      if (!(thrown instanceof UnreadableRealKey)) throw thrown;
      unreadable.inc({ reason: thrown.reason });
      const message = `The credential ${JSON.stringify(credential.name)} cannot be read. Its key has to be replaced.`;
      throw new Fault('internal_error', { message, cause: thrown });
    }
  };
}
