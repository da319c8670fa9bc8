import { customName, type Provider } from '../domain/provider.ts';
import { toCredential } from './credential.ts';

/** What is known of a kind of host, wherever one of it stands. */
export type ProviderKind = Pick<
  Provider,
  'name' | 'dialect' | 'keyHeader' | 'outputCapParam' | 'unsupportedParams' | 'mapping' | 'models'
>;

/** A host of which a config says the address alone. */
export const customKind: ProviderKind = {
  name: customName,
  dialect: 'openai',
  outputCapParam: undefined,
  unsupportedParams: [],
  models: [],
};

/** A host of this kind that a config has brought, or brought a key for: it has nothing of the operator's. */
export function customProvider(kind: ProviderKind, baseUrl: string, apiKey: string | undefined): Provider {
  return {
    name: kind.name,
    dialect: kind.dialect,
    baseUrl,
    credentials: toCredentials(apiKey),
    keyHeader: kind.keyHeader,
    headers: {},
    query: {},
    outputCapParam: kind.outputCapParam,
    unsupportedParams: kind.unsupportedParams,
    mapping: kind.mapping,
    models: kind.models,
    discoversModels: false,
    isOfConfig: true,
  };
}

/** The operator's provider, asked with another key: what names the account of the operator's own key is left out. */
export function withKey(provider: Provider, apiKey: string): Provider {
  return {
    ...provider,
    credentials: toCredentials(apiKey),
    accountHeaders: {},
    discoversModels: false,
    isOfConfig: true,
  };
}

/**
 * The base URL that an address means, as URLs are normally written. It may end in the API's version, though the paths of
 * some dialects have that: Portkey's do.
 */
export function toBaseUrl(address: string, { dialect }: Pick<Provider, 'dialect'>): string {
  const url = new URL(address).href.replace(/(?<!\/)\/+$/, '');
  return dialect === 'openai' ? url : url.replace(/\/v1$/, '');
}

function toCredentials(apiKey: string | undefined): Provider['credentials'] {
  return apiKey === undefined ? [] : [toCredential(apiKey)];
}
