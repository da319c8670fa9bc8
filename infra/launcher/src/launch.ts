import { portIsFree } from '@weir/local-servers/port';
import { firstModel, gatewayUrl, untilReady } from './gateway.ts';
import { LogLines } from './log-lines.ts';
import { misspeltSettings } from './misspelt-settings.ts';
import { ProcessManager } from './process-manager.ts';
import { readKeys } from './secrets.ts';
import { realProviders } from './service-environment.ts';
import type { Settings } from './settings.ts';
import { type SchemaOf, settingsProblems } from './settings-problems.ts';
import { type Programs, startEverything } from './start-everything.ts';
import { ensureStateFolder } from './state-folder.ts';
import { lockState } from './state-lock.ts';
import type { StopSignals } from './stop-signals.ts';
import { welcome } from './welcome.ts';

/** One that the demo provider has. */
const demoModel = 'gpt-5-mini';

export interface LaunchOptions extends Programs {
  readonly settings: Settings;
  readonly schemaOf: SchemaOf;
  readonly stopSignals: StopSignals;
  readonly out: NodeJS.WritableStream;
}

/**
 * Runs Weir until it is asked to stop, and leaves nothing running. Rejects, with a message for the user, where it
 * cannot run or cannot be kept running.
 */
export async function launch({
  settings: given,
  schemaOf,
  stopSignals,
  out,
  ...programs
}: LaunchOptions): Promise<void> {
  // First: a port that is taken, or a folder that is not there, may be what the misspelt one was to change.
  const logLines = new LogLines(out);
  for (const hint of misspeltSettings(given, programs.services)) logLines.notice('weir', 'warn', hint);
  await assertPortIsFree(given);
  await ensureStateFolder(given.stateFolder);
  await lockState(given.stateFolder);
  const { variables, adminKey, firstKey } = await readKeys(given);
  const settings = { ...given, variables };

  const problems = await settingsProblems(programs.services, variables, schemaOf);
  if (problems.length > 0)
    throw new Error(`its settings are not right.\n${problems.map((each) => `- ${each}`).join('\n')}`);
  const processes = new ProcessManager(logLines);
  const serve = async () => {
    await startEverything({ ...programs, settings, processes, logLines });
    const url = gatewayUrl(settings);
    await untilReady(url, (lacks) => {
      logLines.notice('weir', 'warn', `still not ready: ${lacks}`);
    });
    processes.enableRestarts();
    const startMs = performance.now();
    const providers = realProviders(settings.variables);
    const model =
      providers.length === 0
        ? demoModel
        : await firstModel(url, variables['WEIR_FIRST_KEY'] ?? '', demoModel);
    out.write(welcome({ url, startMs, model, realProviders: providers, adminKey, firstKey }));
  };
  try {
    await Promise.race([serve(), processes.failed, stopSignals.stop]);
    await Promise.race([processes.failed, stopSignals.stop]);
    out.write('\nStopping. Ctrl-C again ends everything at once.\n');
  } finally {
    await Promise.race([processes.stop(), stopSignals.forceStop]);
    await processes.kill();
  }
}

async function assertPortIsFree({ host, port }: Settings): Promise<void> {
  if (await portIsFree(port, host)) return;
  throw new Error(
    `Port ${port} of ${host} is taken by another program, so Weir cannot listen there.\n` +
      `Stop that program, or choose another port: WEIR_PORT=${port + 1} npm start`,
  );
}
