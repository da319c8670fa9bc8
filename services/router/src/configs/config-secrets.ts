import { maxApiKeyLength, type RoutingConfig, type RoutingTarget } from '@weir/contracts/routing/config';
import { type MasterKeys, UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import { pathText } from '@weir/service-kit/schema-fault';

export interface SecretsOptions {
  /** The config's. It stands in every token, so that one that was moved to another config does not open there. */
  readonly name: string;
  readonly masterKeys: MasterKeys;
}

export interface EncryptOptions extends SecretsOptions {
  /** The stored state that is replaced, for the keys that the new one has masked. */
  readonly previous?: RoutingConfig | undefined;
}

/** What says whose key an `api_key` is. */
type Owner = Pick<RoutingTarget, 'api_key' | 'provider' | 'virtual_key' | 'custom_host'>;

/** An `api_key`, where it stands (`targets[0].api_key`), and to which host it is sent. */
interface PlacedKey {
  readonly text: string;
  readonly place: string;
  readonly host: string;
}

const mask = '****';
/** Of a shorter secret even the last characters would tell too much. */
const minShownLength = 12;

/**
 * A config as it is stored: each `api_key` is a token. One that is masked stays what it was, so that a config can be read,
 * edited and written; but only for the host that it was given for, or who may not read a key could have it sent to a host
 * of theirs. Throws `invalid_config` where a mask stands for no such key.
 */
export function encryptSecrets(config: RoutingConfig, options: EncryptOptions): RoutingConfig {
  const known = options.previous ? readableKeys(options.previous, options) : [];
  return mapKeys(config, (key) => {
    const secret = key.text.startsWith(mask) ? kept(key, known) : key.text;
    const token = options.masterKeys.encrypt(`${options.name}\n${secret}`);
    if (token.length > maxApiKeyLength) throw refusal(key, 'is too long to be stored');
    return token;
  });
}

/** A stored config as it is used. Throws where a token was made with other master keys or for another config. */
export function decryptSecrets(config: RoutingConfig, options: SecretsOptions): RoutingConfig {
  return mapKeys(config, (key) => decrypt(key, options));
}

/** A stored config as admins see it: `****abcd`. A key that cannot be decrypted is shown without its last characters. */
export function maskSecrets(config: RoutingConfig, options: SecretsOptions): RoutingConfig {
  const shown = new Map(readableKeys(config, options).map(({ place, text }) => [place, maskOf(text)]));
  return mapKeys(config, ({ place }) => shown.get(place) ?? mask);
}

function maskOf(secret: string): string {
  return secret.length < minShownLength ? mask : `${mask}${secret.slice(-4)}`;
}

/** The key that a mask stands for: the one at its place, or, where targets were moved, the only one that looks like it. */
function kept(key: PlacedKey, known: readonly PlacedKey[]): string {
  const alike = known.filter(({ text, host }) => maskOf(text) === key.text && host === key.host);
  const here = alike.filter(({ place }) => place === key.place);
  const [secret, ...others] = new Set((here.length > 0 ? here : alike).map(({ text }) => text));
  if (secret !== undefined && others.length === 0) return secret;
  throw refusal(key, 'is masked, and the stored config has no such key for this provider and host');
}

function refusal({ place }: PlacedKey, problem: string): Fault {
  return new Fault('invalid_config', { message: `${place} ${problem}.`, param: place });
}

function decrypt({ text, place }: PlacedKey, { name, masterKeys }: SecretsOptions): string {
  try {
    const bound = masterKeys.decrypt(text);
    if (bound.startsWith(`${name}\n`)) return bound.slice(name.length + 1);
    throw new UnreadableToken();
  } catch (cause) {
    const message = `${place} cannot be decrypted with the router's master keys.`;
    throw new Fault('internal_error', { message, param: place, cause });
  }
}

function readableKeys(config: RoutingConfig, options: SecretsOptions): PlacedKey[] {
  const keys: PlacedKey[] = [];
  mapKeys(config, (key) => {
    keys.push(key);
    return key.text;
  });
  return keys.flatMap((key) => {
    try {
      return { ...key, text: decrypt(key, options) };
    } catch {
      return [];
    }
  });
}

/** The config with another text for each `api_key`. */
function mapKeys(config: RoutingConfig, change: (key: PlacedKey) => string): RoutingConfig {
  const { mirror, ...root } = config;
  return {
    ...mapTarget(root, [], change),
    ...(mirror && { mirror: mapOwner(mirror, ['mirror'], change) }),
  };
}

type Path = readonly (string | number)[];

function mapTarget<T extends RoutingTarget>(target: T, path: Path, change: (key: PlacedKey) => string): T {
  const own = mapOwner(target, path, change);
  const targets = target.targets?.map((one, index) => mapTarget(one, [...path, 'targets', index], change));
  return targets ? { ...own, targets } : own;
}

function mapOwner<T extends Owner>(owner: T, path: Path, change: (key: PlacedKey) => string): T {
  const { api_key: text, provider, virtual_key, custom_host } = owner;
  if (text === undefined) return owner;
  const host = JSON.stringify([provider, virtual_key, custom_host]);
  return { ...owner, api_key: change({ text, place: pathText([...path, 'api_key']), host }) };
}
