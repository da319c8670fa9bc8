import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorizationError,
  connect,
  type NatsConnection,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { readSettings, type Settings } from '@weir/launcher/settings';
import { type NatsPasswords, natsUrlFor, passwordVariable } from '@weir/local-servers/nats-users';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { connectionProblem } from '@weir/service-kit/bus/connection/connection-problem';
import { natsOptions, type NatsSettings } from '@weir/service-kit/bus/connection/nats-connection';
import { ConfigError } from '@weir/service-kit/config';
import { type CommandContext, CommandError } from './context.ts';

/** The users of NATS for people: see infra/nats/weir.conf. */
export type Operator = 'operator' | 'observer';

const connectTimeoutMs = 5_000;

/** Lends a connection to NATS as that user, and closes it. Rejects with a CommandError where NATS cannot be reached. */
export async function withNats(
  user: Operator,
  context: CommandContext,
  use: (nats: NatsConnection) => Promise<void>,
): Promise<void> {
  const settings = readSettings(context.root, context.environment);
  const url =
    settings.natsUrl === undefined ? await embeddedUrl(user, settings) : externalUrl(user, settings);
  const nats = await connectTo(url, user, settings);
  try {
    await use(nats);
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    throw new CommandError(
      `NATS does not do this: it has no JetStream, or the user of NATS_URL may do less than ${user} in infra/nats/weir.conf.`,
      { cause: error },
    );
  } finally {
    await nats.close();
  }
}

/** A user without the permission to ask hears nothing. */
function isUnanswered(error: unknown): boolean {
  return [TimeoutError, RequestError, PermissionViolationError].some((kind) => error instanceof kind);
}

async function connectTo(url: string, user: Operator, { variables }: Settings): Promise<NatsConnection> {
  if (!url.split(',').every((part) => URL.canParse(part.trim()))) {
    throw new CommandError('NATS_URL holds no address. It is written nats://host:port.');
  }
  const settings = {
    url,
    credentialsFile: variables['NATS_CREDS_FILE'],
    caFile: variables['NATS_CA_FILE'],
  };
  try {
    const options = natsOptions({ ...settings, name: 'weir command', inboxPrefix: `_INBOX_${user}` });
    // A person waits: what does not answer now is said now.
    return await connect({
      ...options,
      timeout: connectTimeoutMs,
      waitOnFirstConnect: false,
      reconnect: false,
      ignoreAuthErrorAbort: false,
    });
  } catch (error) {
    throw new CommandError(connectFailure(error, user, settings), { cause: error });
  }
}

function connectFailure(error: unknown, user: Operator, settings: NatsSettings): string {
  if (error instanceof ConfigError) return `${error.problems.join('; ')}.`;
  const server = new URL(settings.url.split(',')[0] ?? '');
  if (error instanceof AuthorizationError) {
    return `NATS at ${server.host} does not let the user ${user} in. Set ${passwordVariable(user)} to its password.`;
  }
  const { code, message } = connectionProblem(error, server, settings);
  return code === 'bus_certificate_invalid'
    ? `${message}.`
    : `No NATS answers at ${server.host}. Start Weir with npm start, or set NATS_URL to where its NATS is.`;
}

/** The address of the NATS that `npm start` has started here. */
async function embeddedUrl(user: Operator, { stateFolder }: Settings): Promise<string> {
  const read = (name: string) => readFile(join(stateFolder, name), 'utf8');
  try {
    const port = Number(await read('nats-port'));
    return natsUrlFor(user, parseOwnJson(await read('nats-passwords.json')) as NatsPasswords, port);
  } catch (error) {
    throw new CommandError(
      `No Weir runs with the state folder ${stateFolder}. Start it with npm start, or set NATS_URL to where its NATS is.`,
      { cause: error },
    );
  }
}

/** NATS_URL as it is, or as the user whose password is set. */
function externalUrl(user: Operator, { natsUrl = '', variables }: Settings): string {
  const password = variables[passwordVariable(user)];
  if (password === undefined) return natsUrl;
  return natsUrl.replaceAll(/:\/\/([^@/,]*@)?/g, () => `://${user}:${encodeURIComponent(password)}@`);
}
