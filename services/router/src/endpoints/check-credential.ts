import type { checkCredential } from '@weir/contracts/admin/credentials';
import type { providerCredentials } from '@weir/contracts/keys/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { checkKey, type KeyCheck } from '../adapters/key-check.ts';
import type { Upstreams } from '../adapters/upstreams.ts';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import type { RequestRealKey } from '../credentials/request-real-key.ts';
import { toStoredCredential } from '../credentials/stored-credentials.ts';
import type { KnownCredential, StoredCredential } from '../domain/provider.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof providerCredentials>, 'get'>;
  readonly providers: Pick<TenantProviders, 'withCredential'>;
  readonly requestRealKey: RequestRealKey;
  readonly upstreams: Upstreams;
  readonly changeLog: ChangeLog;
  readonly logger: Logger;
}

/** Of the check's own time-out, what is left for the way there and back. */
const timeoutMs = 12_000;

/** Asks the provider of a stored credential whether it takes the key. Its own words are never passed on. */
export function createCheckCredential(dependencies: Dependencies): EndpointHandler<typeof checkCredential> {
  return async ({ data: { id }, envelope, signal }) => {
    const value = dependencies.store.get(id)?.value;
    const { organisation } = envelope.actor ?? {};
    if (!value || (organisation !== undefined && value.organisation !== organisation)) {
      throw new Fault('not_found', { message: 'There is no such credential.', param: 'id' });
    }
    const begunMs = performance.now();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const { accepted, detail } = value.enabled
      ? await check(toStoredCredential(id, value), dependencies, limited)
      : { accepted: null, detail: 'The credential is disabled.' };
    const { provider } = value;
    dependencies.changeLog.record(envelope, {
      action: 'credential.check',
      organisation: value.organisation ?? null,
      target: { kind: 'credential', id },
      before: null,
      after: { provider, accepted, detail },
    });
    return { id, provider, accepted, detail, latency_ms: performance.now() - begunMs };
  };
}

async function check(
  credential: StoredCredential,
  { providers, requestRealKey, upstreams, logger }: Dependencies,
  signal: AbortSignal,
): Promise<KeyCheck> {
  const provider = providers.withCredential(credential);
  if (!provider) return { accepted: null, detail: 'No provider of this name is configured here.' };
  const failed = (err: unknown, detail: string): KeyCheck => {
    logger.warn({ err, credential: credential.id }, 'a stored credential could not be checked');
    return { accepted: null, detail };
  };
  let key: KnownCredential;
  try {
    ({ credential: key } = await requestRealKey(credential));
  } catch (thrown) {
    return failed(thrown, 'The key cannot be read at the moment.');
  }
  try {
    return await checkKey({ provider, upstream: upstreams.of(provider), credential: key, signal });
  } catch (thrown) {
    return failed(thrown, 'The provider gives no answer that can be understood.');
  }
}
