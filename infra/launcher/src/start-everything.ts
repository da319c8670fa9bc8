import { execPath } from 'node:process';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { startOwnedProcess } from '@weir/local-servers/owned-process';
import { freePort } from '@weir/local-servers/port';
import { natsUsersOf } from '@weir/services/services';
import { startDataServers } from './data-servers.ts';
import type { LogLines } from './log-lines.ts';
import type { ProcessManager } from './process-manager.ts';
import { startNats } from './servers.ts';
import { realProviders, serviceEnvironment, systemEnvironment } from './service-environment.ts';
import type { Settings } from './settings.ts';

export interface Programs {
  /** In the order of start. */
  readonly services: readonly ServiceManifest[];
  /** The file to run for a service, or for `demo`, the provider that answers where no real one is switched on. */
  readonly fileOf: (name: string) => string;
  /** Node's own arguments for a service, before its file. */
  readonly nodeOptions?: { readonly argumentsFor: (name: string) => readonly string[] };
}

interface StartParts extends Programs {
  readonly settings: Settings;
  readonly processes: ProcessManager;
  readonly logLines: LogLines;
}

/** Beyond the 30 seconds that a service gives itself to drain. One that takes longer hangs. */
const stopTimeoutMs = 40_000;

/** Starts the servers and the services. Resolves when all processes run, which is before they serve. */
export async function startEverything(parts: StartParts): Promise<void> {
  const { settings, services, processes, logLines } = parts;
  const { variables, natsUrl, stateFolder } = settings;
  const servers = { stateFolder, processes, logLines };
  // Side by side, since none of them needs another.
  const [natsUrlOf, addressesOf, demoUrl] = await Promise.all([
    natsUrl === undefined ? startNats(natsUsersOf(services), servers) : () => natsUrl,
    startDataServers(services, variables, servers),
    realProviders(variables).length === 0 ? startDemo(parts) : undefined,
  ]);
  const given = { ...variables, ...(demoUrl !== undefined && { WEIR_DEMO_PROVIDER_URL: demoUrl }) };
  for (const manifest of services) {
    const { name } = manifest;
    const environment = {
      ...serviceEnvironment(manifest, given),
      ...addressesOf(name),
      NATS_URL: natsUrlOf(name),
    };
    await startProgram(name, environment, parts);
  }
}

/** Resolves to the demo provider's address. */
async function startDemo(parts: StartParts): Promise<string> {
  const port = await freePort();
  const environment = {
    ...systemEnvironment(parts.settings.variables),
    FAKE_PROVIDER_HOST: '127.0.0.1',
    FAKE_PROVIDER_PORT: String(port),
    FAKE_PROVIDER_LEAD: "This is Weir's demo provider, and no model.",
  };
  await startProgram('demo', environment, parts);
  return `http://127.0.0.1:${port}`;
}

async function startProgram(name: string, env: NodeJS.ProcessEnv, parts: StartParts): Promise<void> {
  const { fileOf, nodeOptions, processes, logLines } = parts;
  const args = [...(nodeOptions?.argumentsFor(name) ?? []), fileOf(name)];
  const onLine = (line: string) => {
    logLines.service(name, line);
  };
  await processes.run(name, () =>
    startOwnedProcess({ command: execPath, args, env, stopSignal: 'SIGTERM', stopTimeoutMs, onLine }),
  );
}
