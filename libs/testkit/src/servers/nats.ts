import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { nats } from '@weir/local-servers/nats';
import { type NatsPasswords, natsUrlFor, newNatsPasswords } from '@weir/local-servers/nats-users';
import { natsServer } from '@weir/local-servers/program';
import type { ServerKind } from '@weir/local-servers/server-kind';
import { natsConfig } from '@weir/services/nats-config';
import { natsUsersOf, services } from '@weir/services/services';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

export interface NatsTestServer extends TestServer {
  /** The server's address as that user: a service, `operator` or `observer`. */
  urlFor(user: string): string;
}

export interface ReloadableNatsServer extends NatsTestServer {
  /** Changes the text of its configuration as it was at first, and has the server read it. For a server with services of its own. */
  reload(change: (config: string) => string): Promise<void>;
}

export interface NatsTestServerOptions {
  /**
   * `weir` has the users and permissions of production, so `url` alone does not get in; `open` has Weir's limits and lets
   * everybody do everything.
   */
  readonly config: 'open' | 'weir';
  /** Services in the place of Weir's own: `weir` has their users then, who may do what these manifests say. */
  readonly services?: readonly ServiceManifest[];
}

/**
 * Where a run of tests says which nats-server they are to start, in place of the first on the PATH: `npm test` does for those of the
 * bus, which run on the newest too.
 */
const programVariable = 'WEIR_TEST_NATS_SERVER';

/** A nats-server with a configuration of the test's own. */
export function natsWith(configFile?: string, passwords?: NatsPasswords): ServerKind {
  const file = process.env[programVariable];
  return nats(passwords, configFile, file === undefined ? natsServer : { command: 'nats-server', file });
}

/** Starts a nats-server with JetStream. */
export async function startNats({
  config,
  services: others,
}: NatsTestServerOptions): Promise<ReloadableNatsServer> {
  if (config === 'open') {
    const server = await startTestServer(natsWith());
    return { ...server, urlFor: () => server.url, reload: refuseReload };
  }
  const passwords = newNatsPasswords(natsUsersOf(others ?? services));
  const folder = others && (await writeConfig(others));
  const server = await startTestServer(natsWith(folder && join(folder, 'weir.conf'), passwords));
  return {
    ...server,
    get pid() {
      return server.pid;
    },
    reload: async (change) => {
      if (!folder || server.pid === undefined) return refuseReload();
      await writeFile(join(folder, 'weir.conf'), change(natsConfig(others)));
      process.kill(server.pid, 'SIGHUP');
    },
    urlFor: (user) => natsUrlFor(user, passwords, server.port),
    close: async () => {
      await server.close();
      if (folder) await rm(folder, { recursive: true });
    },
  };
}

function refuseReload(): never {
  throw new Error('only a server with services of its own, run as a process, can read another configuration');
}

/** Resolves to the folder that holds it. */
async function writeConfig(others: readonly ServiceManifest[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-nats-'));
  const limits = fileURLToPath(new URL('../../../../infra/nats/limits.conf', import.meta.url));
  await copyFile(limits, join(folder, 'limits.conf'));
  await writeFile(join(folder, 'weir.conf'), natsConfig(others));
  return folder;
}
