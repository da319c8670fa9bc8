import type { KnownCredential, Provider } from '../domain/provider.ts';
import { listModels, ModelListRefused } from './model-listing.ts';
import type { Upstream } from './upstream.ts';

/** Whether a provider takes a key, and how that is known, in words for admins. */
export interface KeyCheck {
  /** Null where it cannot be told. */
  readonly accepted: boolean | null;
  readonly detail: string;
}

interface CheckedKey {
  readonly provider: Provider;
  readonly upstream: Upstream;
  readonly credential: KnownCredential;
  readonly signal: AbortSignal;
}

/** Asks a provider whether it takes a key, by its list of models, which costs nothing. Throws a Fault where no answer comes. */
export async function checkKey(key: CheckedKey): Promise<KeyCheck> {
  // Deployments stand in the path of Azure's older API.
  if (key.provider.baseUrl.includes('{model}'))
    return unknown('The provider has no call that costs nothing.');
  const status = await statusOf(key, key.credential);
  switch (status) {
    case 200:
      return (await isPublic(key))
        ? unknown('The provider lists its models whatever the key is.')
        : { accepted: true, detail: 'The provider takes the key.' };
    // By 400 Google and xAI refuse a key: there is nothing else in the request.
    case 400:
    case 401:
      return { accepted: false, detail: `The provider refuses the key (status ${status}).` };
    case 403:
      return unknown('The provider does not let this key list the models, which says nothing of chats.');
    case 429:
      return unknown('The provider is limiting the rate of requests with this key.');
    default:
      return unknown(`The provider has answered with status ${status}, which says nothing of the key.`);
  }
}

async function isPublic(key: CheckedKey): Promise<boolean> {
  return key.provider.keyCheckPath === undefined && (await statusOf(key, undefined)) === 200;
}

/** 200 for every success. */
async function statusOf(
  { provider, upstream, signal }: CheckedKey,
  credential: KnownCredential | undefined,
): Promise<number> {
  const get = (path: string) => upstream.get(path, { credential, signal });
  if (provider.keyCheckPath !== undefined) {
    const response = await get(provider.keyCheckPath);
    response.discard();
    return response.isSuccess ? 200 : response.status;
  }
  try {
    await listModels(provider.dialect, get);
  } catch (thrown) {
    if (thrown instanceof ModelListRefused) return thrown.status;
    throw thrown;
  }
  return 200;
}

function unknown(detail: string): KeyCheck {
  return { accepted: null, detail };
}
