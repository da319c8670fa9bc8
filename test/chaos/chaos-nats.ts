import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nats } from '@weir/local-servers/nats';
import { natsUrlFor, newNatsPasswords } from '@weir/local-servers/nats-users';
import { natsUsersOf, services } from '@weir/services/services';
import type { NatsTestServer } from '@weir/testkit/servers/nats';
import { startNatsCluster } from '@weir/testkit/servers/nats-cluster';
import { startAsProcess } from '@weir/testkit/servers/process';

/** NATS as in production: one server, or a cluster. */
export interface ChaosNats extends NatsTestServer {
  /** Each of them is a process, since a container cannot be stopped by a signal. */
  readonly nodes: readonly NatsTestServer[];
  /** Has it read its configuration anew, as an operator does who has edited it. For one server alone. */
  reload(edit: (config: string) => string): Promise<void>;
}

const configFolder = new URL('../../infra/nats/', import.meta.url);

interface NatsOptions {
  /** Where JetStream keeps what it has. */
  readonly storeFolder?: string;
  /** What is changed of its configuration from the start. */
  readonly edit?: (config: string) => string;
}

export async function startOneNats({
  storeFolder,
  edit = (config) => config,
}: NatsOptions = {}): Promise<ChaosNats> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-chaos-nats-'));
  const file = join(folder, 'weir.conf');
  const [users, limits] = await Promise.all(
    ['weir.conf', 'limits.conf'].map((name) => readFile(new URL(name, configFolder), 'utf8')),
  );
  const storeDir = storeFolder === undefined ? '$WEIR_NATS_STORE_DIR' : JSON.stringify(storeFolder);
  const whole =
    users?.replace('include "limits.conf"', limits?.replace('$WEIR_NATS_STORE_DIR', storeDir) ?? '') ?? '';
  const original = edit(whole);
  await writeFile(file, original);
  const passwords = newNatsPasswords(natsUsersOf(services));
  const server = await startAsProcess(nats(passwords, file));
  // Not a copy, whose pid would be that of before a restart.
  const node: NatsTestServer = Object.assign(server, {
    urlFor: (user: string) => natsUrlFor(user, passwords, server.port),
  });
  return {
    ...node,
    nodes: [node],
    reload: async (change) => {
      await writeFile(file, change(original));
      process.kill(node.pid ?? 0, 'SIGHUP');
    },
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Three servers. */
export async function startCluster(): Promise<ChaosNats> {
  const cluster = await startNatsCluster({ config: 'weir' });
  const [first] = cluster.nodes;
  if (!first) throw new Error('a cluster without servers');
  const reload = () => Promise.reject(new Error('the servers of a cluster are not reloaded'));
  return { ...first, ...cluster, reload };
}

/** Takes from what a user may do all lines of its `publish` or `subscribe` block that hold a text. Throws where there is none. */
export function without(
  user: string,
  block: 'publish' | 'subscribe',
  text: string,
): (config: string) => string {
  return (config) => {
    const userAt = config.indexOf(`${user}_may: {`);
    const from = config.indexOf(`${block}: {`, userAt);
    const to = config.indexOf(']', from);
    const lines = config.slice(from, to).split('\n');
    const kept = lines.filter((line) => !line.includes(text));
    if (kept.length === lines.length) throw new Error(`${user} has no right to ${block} ${text}`);
    return config.slice(0, from) + kept.join('\n') + config.slice(to);
  };
}
