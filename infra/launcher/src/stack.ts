import { join } from 'node:path';
import { execPath } from 'node:process';
import { startLocalServer } from '@weir/local-servers/local-server';
import { nats } from '@weir/local-servers/nats';
import { type NatsUser, natsUrlFor } from '@weir/local-servers/nats-users';
import { type OwnedProcess, startOwnedProcess } from '@weir/local-servers/owned-process';
import { freePort } from '@weir/local-servers/port';
import { childEnvironment, realProviders } from './child-environment.ts';
import type { LogLines } from './log-lines.ts';
import type { NodeOptions } from './node-options.ts';
import { natsPasswords } from './passwords.ts';
import type { Settings } from './settings.ts';
import { Supervisor } from './supervisor.ts';

/** The files that are run, each as a process of its own. */
export interface Entries {
  readonly demo: string;
  readonly router: string;
  readonly ingress: string;
}

export interface StackOptions {
  readonly settings: Settings;
  readonly entries: Entries;
  readonly nodeOptions?: NodeOptions;
  readonly logLines: LogLines;
}

/** Beyond the 30 seconds that a service gives itself to drain. One that takes longer hangs. */
const stopTimeoutMs = 40_000;

/** All that `npm start` runs, in the order in which each needs the one before; it stops in the reverse order. */
export class Stack {
  /** Rejects, with the reason, when one of its programs cannot be kept running. */
  readonly gaveUp: Promise<never>;
  readonly #options: StackOptions;
  readonly #giveUp: (reason: Error) => void;
  readonly #supervisors: Supervisor[] = [];
  #stopping = false;

  constructor(options: StackOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined); // Whoever waits for it handles it; nobody may be waiting yet.
    this.gaveUp = promise;
    this.#giveUp = reject;
  }

  /** Starts everything. Resolves when all processes run, which is before they serve. */
  async start(): Promise<void> {
    const { variables, natsUrl } = this.#options.settings;
    const urlFor = natsUrl === undefined ? await this.#startNats() : () => natsUrl;
    const demoUrl = realProviders(variables).length === 0 ? await this.#startDemo() : undefined;
    await this.#startChild('router', {
      ...childEnvironment.router(variables),
      NATS_URL: urlFor('router'),
      ...(demoUrl !== undefined && { WEIR_DEMO_PROVIDER_URL: demoUrl }),
    });
    await this.#startChild('ingress', {
      ...childEnvironment.ingress(variables),
      NATS_URL: urlFor('ingress'),
    });
  }

  /** Says that all of it has served: from now on, what ends is started again. */
  trust(): void {
    for (const supervisor of this.#supervisors) supervisor.trust();
  }

  /** Stops one after the other, so that each finds what it needs to end in good order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const supervisor of this.#supervisors.toReversed()) await supervisor.stop();
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.kill()));
  }

  /** Resolves to the address that each user has. */
  async #startNats(): Promise<(user: NatsUser) => string> {
    const { settings, logLines } = this.#options;
    const passwords = await natsPasswords(settings.stateFolder);
    // Chosen once, so that the services find a restarted server where it was.
    const port = await freePort();
    await this.#run('nats', async () => {
      // What it says of its configuration at each start is known and wanted; what it says later is news.
      let isNews = false;
      const server = await startLocalServer(nats(passwords), {
        port,
        dataFolder: join(settings.stateFolder, 'nats'),
        onLine: (line) => {
          if (isNews) logLines.nats('nats', line);
        },
        onProgress: (line) => {
          logLines.notice('nats', 'info', line);
        },
      });
      isNews = true;
      return server;
    });
    return (user) => natsUrlFor(user, passwords, port);
  }

  /** Resolves to the demo provider's address. */
  async #startDemo(): Promise<string> {
    const port = await freePort();
    await this.#startChild('demo', {
      ...childEnvironment.demo(this.#options.settings.variables),
      FAKE_PROVIDER_HOST: '127.0.0.1',
      FAKE_PROVIDER_PORT: String(port),
      FAKE_PROVIDER_LEAD: "This is Weir's demo provider, and no model.",
    });
    return `http://127.0.0.1:${port}`;
  }

  async #startChild(name: keyof Entries, env: NodeJS.ProcessEnv): Promise<void> {
    const { entries, nodeOptions, logLines } = this.#options;
    const onLine = (line: string) => {
      logLines.service(name, line);
    };
    const args = [...(nodeOptions?.argumentsFor(name) ?? []), entries[name]];
    await this.#run(name, () =>
      startOwnedProcess({ command: execPath, args, env, stopSignal: 'SIGTERM', stopTimeoutMs, onLine }),
    );
  }

  async #run(name: string, start: () => Promise<OwnedProcess>): Promise<void> {
    if (this.#stopping) return;
    const supervisor = new Supervisor({
      name,
      start,
      onNotice: (text) => {
        this.#options.logLines.notice(name, 'warn', text);
      },
      onGiveUp: (reason) => {
        this.#giveUp(new Error(reason));
      },
    });
    this.#supervisors.push(supervisor);
    await supervisor.start();
  }
}
