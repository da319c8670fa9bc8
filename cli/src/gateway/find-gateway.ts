import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gatewayUrl } from '@weir/launcher/gateway';
import { readSettings, type Settings } from '@weir/launcher/settings';
import { type CommandContext, CommandError, CommandUsageError } from '../context.ts';
import { defaultProfile, parseProfileName, profileFile, readProfiles, type Profiles } from './profiles.ts';

/** What the command line says of the gateway. */
export interface GatewayChoice {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
}

export interface Gateway {
  /** Without a path. */
  readonly url: string;
  readonly adminKey: string;
  /** Where the key comes from, in words. */
  readonly keySource: string;
}

type Context = Pick<CommandContext, 'environment' | 'root'>;

/**
 * The gateway to ask: what `--profile` and `--url` say, else the environment, else the profile `default`, else the one that
 * `npm start` runs here. A kept key goes to the gateway that it is kept for, and to no other.
 */
export async function findGateway(choice: GatewayChoice, context: Context): Promise<Gateway> {
  const { environment } = context;
  const url = choice.url ?? environment['WEIR_URL'];
  const adminKey = environment['WEIR_ADMIN_KEY'];
  const profiles = await readProfiles(profileFile(environment));
  if (choice.profile !== undefined) return ofProfile(choice.profile, profiles, choice.url);
  if (adminKey !== undefined) {
    const address = url ?? localUrl(localSettings(context));
    return checkedGateway({ url: address, adminKey, keySource: 'the environment (WEIR_ADMIN_KEY)' });
  }
  if (url !== undefined) return withKeptKey(originOf(url), profiles, context);
  const named = environment['WEIR_PROFILE'];
  if (named !== undefined || profiles.has(defaultProfile)) {
    return ofProfile(named ?? defaultProfile, profiles);
  }
  return localGateway(context);
}

/** Where to log in. */
export async function findUrl({ profile, url }: GatewayChoice, context: Context): Promise<string> {
  const given = url ?? context.environment['WEIR_URL'];
  if (given !== undefined) return originOf(given);
  const profiles = await readProfiles(profileFile(context.environment));
  return profiles.get(profile ?? defaultProfile)?.url ?? localUrl(localSettings(context));
}

function ofProfile(given: string, profiles: Profiles, url?: string): Gateway {
  const name = parseProfileName(given);
  const profile = profiles.get(name);
  if (!profile) {
    const known = [...profiles.keys()].join(', ') || 'none';
    throw new CommandError(
      `There is no profile ${name}; there are: ${known}. Make it with: weir login --profile ${name}`,
    );
  }
  if (url !== undefined && originOf(url) !== profile.url) {
    throw new CommandUsageError(`The key of profile ${name} is for ${profile.url}, and not for ${url}.`);
  }
  return checkedGateway({ url: profile.url, adminKey: profile.admin_key, keySource: `profile ${name}` });
}

async function withKeptKey(url: string, profiles: Profiles, context: Context): Promise<Gateway> {
  for (const [name, profile] of profiles) if (profile.url === url) return ofProfile(name, profiles);
  const settings = localSettings(context);
  if (url === localUrl(settings)) return localGateway(context);
  throw new CommandError(
    `There is no admin key for ${url}. Log in with: weir login --url ${url} --profile <name>, or set WEIR_ADMIN_KEY.`,
  );
}

async function localGateway(context: Context): Promise<Gateway> {
  const settings = localSettings(context);
  const url = localUrl(settings);
  const set = settings.variables['WEIR_ADMIN_KEY'];
  if (set) return checkedGateway({ url, adminKey: set, keySource: 'weir.env (WEIR_ADMIN_KEY)' });
  const file = join(settings.stateFolder, 'admin-key');
  const adminKey = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(
      `There is no admin key: no profile, no WEIR_ADMIN_KEY, no ${file}. Start Weir here with npm start, or log in with: weir login --url <URL>`,
      { cause: error },
    );
  });
  return checkedGateway({ url, adminKey: adminKey.trim(), keySource: file });
}

function localSettings({ environment, root }: Context): Settings {
  try {
    return readSettings(root, environment);
  } catch (error) {
    throw new CommandUsageError((error as Error).message, { cause: error });
  }
}

const localUrl = (settings: Settings): string => originOf(gatewayUrl(settings));

/** A key that no header can hold would come back in the error of whoever builds the header. */
export function checkedGateway(gateway: Gateway): Gateway {
  if (!/^[\x21-\x7e]+$/.test(gateway.adminKey)) {
    throw new CommandError(
      `The admin key from ${gateway.keySource} holds spaces or characters that no key has.`,
    );
  }
  return { ...gateway, url: originOf(gateway.url) };
}

export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && url.pathname === '/') {
    return url.origin;
  }
  throw new CommandUsageError(
    'The address of a gateway is written https://host or http://host:port, without a path.',
  );
}

/** Whether what is sent there could be read on the way. */
export function isUnencrypted(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === 'http:' && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
