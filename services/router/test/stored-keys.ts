import { getRealKey, providerCredentials, type ProviderCredential } from '@weir/contracts/keys/credentials';
import type { Endpoint, RequestOf } from '@weir/contracts/descriptors';
import type { Bus } from '@weir/service-kit/bus/bus';
import { createSealingPair, seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { RealKeyCache } from '../src/credentials/real-key-cache.ts';
import { createRequestRealKey } from '../src/credentials/request-real-key.ts';
import { StoredCredentials } from '../src/credentials/stored-credentials.ts';
import { silentLogger } from './config-admin.ts';

/** An entry of the bucket, for OpenAI and everybody, unless a test says otherwise. */
export function aBucketEntry(fields: Partial<ProviderCredential> = {}): ProviderCredential {
  return {
    name: 'prod',
    provider: 'openai',
    version: 1,
    enabled: true,
    token: 'gAAAAA',
    lastFour: 'abcd',
    ...fields,
  };
}

/** The keys service's part that hands out real keys, by what a test says. */
export function fakeKeys() {
  const keys = new Map<string, { secret: string; version: number }>();
  const state = {
    /** With what every request fails. */
    failure: undefined as Fault | undefined,
    /** How often it was asked. */
    asked: 0,
    /** Awaited before an answer, which is made before that. */
    delay: undefined as Promise<void> | undefined,
  };
  const answer = async ({ credentialId, publicKey }: RequestOf<typeof getRealKey>) => {
    state.asked++;
    const { failure } = state;
    const known = keys.get(credentialId);
    await state.delay;
    if (failure) throw failure;
    if (!known) throw new Fault('not_found');
    return { sealedKey: seal(known.secret, publicKey), version: known.version };
  };
  return Object.assign(state, {
    answer,
    set(id: string, secret: string, version = 1) {
      keys.set(id, { secret, version });
    },
    delete(id: string) {
      keys.delete(id);
    },
  });
}

/** The cache with the bucket and the keys service that it follows and asks, without a bus. */
export function aKeyCache(clock = new FakeClock()) {
  const store = new MemoryStore(providerCredentials, { clock });
  const credentials = new StoredCredentials({ store });
  const keys = fakeKeys();
  const bus = {
    request: (_endpoint: Endpoint, data: unknown) => keys.answer(getRealKey.request.parse(data)),
  } as Pick<Bus, 'request'>;
  const request = createRequestRealKey({ bus, sealingPair: createSealingPair(), clock });
  const cache = new RealKeyCache({ request, credentials, clock, logger: silentLogger });
  return {
    clock,
    store,
    credentials,
    keys,
    cache,
    request,
    /** Opens the credential as a request does that chose it at some time before. */
    open: async (id: string) => {
      const credential = credentials.get(id) ?? gone;
      return (await cache.open({ ...credential, id })).secret;
    },
  };
}

const gone = {
  name: 'gone',
  provider: 'openai',
  organisation: undefined,
  version: 1,
  fingerprint: '',
  digest: '',
};
