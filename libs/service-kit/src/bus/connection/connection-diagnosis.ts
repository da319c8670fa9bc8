import { connect, type ConnectionOptions } from '@nats-io/transport-node';
import type { Problem } from '@weir/contracts/problems';
import { waitUnlessAborted, type Clock } from '../../clock.ts';
import type { Problems } from '../../problems.ts';
import { connectionProblem, moreTelling } from './connection-problem.ts';
import { natsOptions, type NatsSettings } from './nats-connection.ts';
import { fileProblem } from './nats-files.ts';

interface DiagnosisParts {
  readonly settings: NatsSettings;
  /** Shown in NATS's own monitoring. */
  readonly name: string;
  readonly inboxPrefix: string;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
  readonly clock: Clock;
}

/** A server that is only restarted is back by then. */
const firstLookMs = 250;
const lookIntervalMs = 2_000;
const dialTimeoutMs = 2_000;

const problemName = 'nats connection';

/**
 * Says why there is no connection to NATS. The client tries again by itself and keeps the reason to itself; so while one of the
 * process's connections is missing, a look is taken: one try at each server, whose failure is a problem until the connection is back.
 */
export class ConnectionDiagnosis {
  readonly #parts: DiagnosisParts;
  /** The connections that are missing, by their names. */
  readonly #missing = new Set<string>();
  #over: AbortController | undefined;

  constructor(parts: DiagnosisParts) {
    this.#parts = parts;
  }

  /** There is no connection of this name yet, or no more. */
  lost(connection: string): void {
    this.#missing.add(connection);
    if (this.#over) return;
    this.#over = new AbortController();
    void this.#look(this.#over.signal);
  }

  /** It is there, or wanted no more. */
  restored(connection: string): void {
    this.#missing.delete(connection);
    if (this.#missing.size > 0 || !this.#over) return;
    this.#over.abort();
    this.#over = undefined;
    this.#parts.problems.clear(problemName);
  }

  async #look(over: AbortSignal): Promise<void> {
    const { clock, problems } = this.#parts;
    for (let waitMs = firstLookMs; ; waitMs = lookIntervalMs) {
      await waitUnlessAborted(waitMs, over, clock);
      // A file may be replaced between two looks at it.
      const problem = over.aborted ? undefined : await this.#find().catch(() => undefined);
      if (over.aborted) return;
      // Without a connection the process is not ready for that reason, whatever is behind it.
      if (problem) problems.report(problemName, { ...problem, blocks: false });
    }
  }

  /** Nothing where each server lets it in. */
  async #find(): Promise<Problem | undefined> {
    const { settings, name, inboxPrefix } = this.#parts;
    const unusable = fileProblem(settings);
    if (unusable) return unusable;
    const options = natsOptions({ ...settings, name: `${name} diagnosis`, inboxPrefix });
    const servers = settings.url.split(',').map((server) => new URL(server.trim()));
    const found = await Promise.all(
      servers.map(async (server) => {
        const error = await tryOnce({ ...options, servers: [server.host] });
        return error && connectionProblem(error.reason, server, settings);
      }),
    );
    return found.reduce((first, next) => (next ? moreTelling(first, next) : first), undefined);
  }
}

async function tryOnce(options: ConnectionOptions): Promise<{ reason: unknown } | undefined> {
  try {
    const connection = await connect({
      ...options,
      timeout: dialTimeoutMs,
      waitOnFirstConnect: false,
      reconnect: false,
    });
    await connection.close();
    return undefined;
  } catch (reason) {
    return { reason };
  }
}
