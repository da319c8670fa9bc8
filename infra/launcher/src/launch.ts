import { mkdir } from 'node:fs/promises';
import { portIsFree } from '@weir/local-servers/port';
import { realProviders } from './child-environment.ts';
import { firstModel, gatewayUrl, untilReady } from './gateway.ts';
import { readKeys } from './keys.ts';
import { LogLines } from './log-lines.ts';
import type { NodeOptions } from './node-options.ts';
import type { Settings } from './settings.ts';
import { type Entries, Stack } from './stack.ts';
import { lockState } from './state-lock.ts';
import type { StopRequests } from './stop-requests.ts';
import { welcome } from './welcome.ts';

/** One that the demo provider has. */
const demoModel = 'gpt-5-mini';

export interface LaunchOptions {
  readonly settings: Settings;
  readonly entries: Entries;
  readonly nodeOptions?: NodeOptions;
  readonly stopRequests: StopRequests;
  readonly out: NodeJS.WritableStream;
}

/**
 * Runs Weir until it is asked to stop, and leaves nothing running. Rejects, with a message for the user, where it
 * cannot run or cannot be kept running.
 */
export async function launch(options: LaunchOptions): Promise<void> {
  const { settings: given, entries, nodeOptions, stopRequests, out } = options;
  await assertPortIsFree(given);
  await mkdir(given.stateFolder, { recursive: true, mode: 0o700 });
  await lockState(given.stateFolder);
  const { variables, adminKey } = await readKeys(given);
  const settings = { ...given, variables };

  const logLines = new LogLines(out);
  const stack = new Stack({ settings, entries, logLines, ...(nodeOptions && { nodeOptions }) });
  const serve = async () => {
    await stack.start();
    const url = gatewayUrl(settings);
    await untilReady(url, (lacks) => {
      logLines.notice('weir', 'warn', `still not ready: ${lacks}`);
    });
    stack.trust();
    const startMs = performance.now();
    const providers = realProviders(settings.variables);
    const model = providers.length === 0 ? demoModel : await firstModel(url, demoModel);
    out.write(welcome({ url, startMs, model, realProviders: providers, adminKey }));
  };
  try {
    await Promise.race([serve(), stack.gaveUp, stopRequests.asked]);
    await Promise.race([stack.gaveUp, stopRequests.asked]);
    out.write('\nStopping. Ctrl-C again ends everything at once.\n');
  } finally {
    await Promise.race([stack.stop(), stopRequests.insisted]);
    await stack.kill();
  }
}

async function assertPortIsFree({ host, port }: Settings): Promise<void> {
  if (await portIsFree(port, host)) return;
  throw new Error(
    `Port ${port} of ${host} is taken by another program, so Weir cannot listen there.\n` +
      `Stop that program, or choose another port: WEIR_PORT=${port + 1} npm start`,
  );
}
