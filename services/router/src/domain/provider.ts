import type { Fault } from '@weir/service-kit/fault';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { DialectName, WireTarget } from './dialect.ts';
import type { RequestMapping } from './request-mapping.ts';

/** The name of a host of which a config says the address alone. */
export const customName = 'custom';

/** How a host is told to go on with a message of the assistant's that ends the conversation, and not to begin another. */
export const assistantPrefills = ['trailing_message', 'prefix', 'continue_final_message'] as const;

/**
 * `trailing_message`: it is enough that the message stands last. `prefix`: the message says `prefix: true`.
 * `continue_final_message`: the request says so, and `add_generation_prompt: false`.
 */
export type AssistantPrefill = (typeof assistantPrefills)[number];

/** A host that answers chats, and all that is known of it. Every way in which hosts differ is a field here. */
export interface Provider {
  /** In model names (`<name>/<model>`), in headers, and the label in metrics. */
  readonly name: string;
  readonly dialect: DialectName;
  /** With the API's version where the dialect's paths do without. `{model}` stands for the model's name. */
  readonly baseUrl: string;
  /**
   * Used one at a time; the next is tried where one is rejected or rate limited. Empty where the host needs none, and where
   * it needs one and has none of its own.
   */
  readonly credentials: readonly Credential[];
  /** The header that carries the key, where it is not the dialect's own: Azure's `api-key`. */
  readonly keyHeader?: string | undefined;
  /** Sent with every request. They hold no secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent beside, with the credentials of the environment only, since they name the account of these. */
  readonly accountHeaders?: Readonly<Record<string, string>>;
  /** Sent with every request: Azure's `api-version`. */
  readonly query: Readonly<Record<string, string>>;
  readonly outputCapParam: WireTarget['outputCapParam'];
  readonly unsupportedParams: readonly string[];
  /** As in `WireTarget`. */
  readonly mapping?: RequestMapping | undefined;
  /** How it continues a message of the assistant's, where the operator says so; else the table in `assistant-prefill.ts` does. */
  readonly assistantPrefill?: AssistantPrefill | 'none' | undefined;
  /** The models that are known without asking. */
  readonly models: readonly ProviderModel[];
  /** Names of models that are this provider's, whether anybody lists them or not. */
  readonly modelNamePattern?: RegExp;
  /** Whether the host's list of models is fetched; known limits of models are kept. */
  readonly discoversModels: boolean;
  /** Whether a config has named the host: connections are made only to public addresses, or to hosts that the operator allows. */
  readonly isPublicHostOnly?: boolean;
  /** Whether a config has brought its host or its key: its health is not shared with other routers. */
  readonly isOfConfig?: boolean;
  /** Whether it is usable only by those for whom a credential is stored: nothing but that is missing. */
  readonly needsStoredCredential?: boolean;
  /** Of the demo's alone: the provider that stored credentials are for. */
  readonly standsInFor?: Provider | undefined;
  /** Where it tells whether it takes a key, if its list of models is for everybody. */
  readonly keyCheckPath?: string;
}

interface CredentialIdentity {
  /**
   * The first 8 hexadecimal digits of the secret's SHA-256, or the id of a stored credential: it may be shown, and is the
   * same in every replica.
   */
  readonly fingerprint: string;
  /** In base64url: unlike the fingerprint it cannot be made to be another key's. */
  readonly digest: string;
}

/** A provider's key that is at hand. */
export interface KnownCredential extends CredentialIdentity {
  readonly secret: string;
  /** The environment variable that holds it. */
  readonly variable?: string | undefined;
  /** Whether it is the opened one of a stored credential: nothing of the environment's account goes with it. */
  readonly isStored?: boolean;
}

/** A provider's key that the keys service has. Whoever calls the provider with it asks `RealKeys` for it. */
export interface StoredCredential extends CredentialIdentity {
  readonly id: string;
  /** By which configs name it. */
  readonly name: string;
  /** The name of the provider, as whoever stored it wrote it. */
  readonly provider: string;
  /** Whose requests may use it; without one, everybody's. */
  readonly organisation: string | undefined;
  /** Grows when the key is replaced. */
  readonly version: number;
  /** Why its key cannot be had: what is stored of it cannot be read. It is its owner's all the same. */
  readonly fault?: Fault;
  readonly secret?: undefined;
}

export type Credential = KnownCredential | StoredCredential;

/** What a provider is told of its operator's and the caller's, and must not be repeated in anything that it says. */
export function secretsOf(provider: Provider, credential: KnownCredential | undefined): string[] {
  const { credentials, accountHeaders = {} } = provider;
  const keys = [credential, ...credentials].flatMap((each) => each?.secret ?? []);
  return [...new Set([...keys, ...Object.values(accountHeaders)])];
}

export function isStored(credential: Credential | undefined): credential is StoredCredential {
  return credential !== undefined && credential.secret === undefined;
}

/** A model of a provider. A limit that is not known is not sent and not assumed. */
export interface ProviderModel {
  readonly id: string;
  /** Other names of the same model, accepted and not listed. */
  readonly aliases?: readonly string[];
  readonly maxOutputTokens?: number | undefined;
  readonly contextTokens?: number | undefined;
  /** Whether it takes images, and tools; undefined where that is not known. */
  readonly takesImages?: boolean | undefined;
  readonly takesTools?: boolean | undefined;
  /** As the operator's file of providers has it: it goes before every other source. */
  readonly price?: ModelPrice | undefined;
  /** Unix time in seconds. */
  readonly createdAtS?: number | undefined;
}
