import type { DialectName, WireTarget } from './dialect.ts';

/** A host that answers chats, and all that is known of it. Every way in which hosts differ is a field here. */
export interface Provider {
  /** In model names (`<name>/<model>`), in headers, and the label in metrics. */
  readonly name: string;
  readonly dialect: DialectName;
  /** With the API's version where the dialect's paths do without. `{model}` stands for the model's name. */
  readonly baseUrl: string;
  /** Used one at a time; the next is tried where one is rejected or rate limited. Empty where the host needs none. */
  readonly credentials: readonly Credential[];
  /** The header that carries the key, where it is not the dialect's own: Azure's `api-key`. */
  readonly keyHeader?: string | undefined;
  /** Sent with every request. They hold no secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with every request: Azure's `api-version`. */
  readonly query: Readonly<Record<string, string>>;
  readonly outputCapParam: WireTarget['outputCapParam'];
  readonly unsupportedParams: readonly string[];
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
}

/** A provider's key. */
export interface Credential {
  /** The first 8 hexadecimal digits of the secret's SHA-256: it may be shown, and is the same in every replica. */
  readonly fingerprint: string;
  /** The whole SHA-256 of the secret, in base64url: unlike the fingerprint it cannot be made to be another key's. */
  readonly digest: string;
  readonly secret: string;
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
  /** Nano-USD a token, as the operator has set them; they go before every other source. */
  readonly price?: ModelPrice | undefined;
  /** Unix time in seconds. */
  readonly createdAtS?: number | undefined;
}

/** Nano-USD a token. */
export interface ModelPrice {
  readonly inputNanoUsd: number;
  readonly outputNanoUsd: number;
}
