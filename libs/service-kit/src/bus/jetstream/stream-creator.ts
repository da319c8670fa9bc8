import { JetStreamApiCodes, JetStreamApiError, type StreamAPI, type StreamConfig } from '@nats-io/jetstream';
import type { Logger } from '../../logger.ts';
import type { AskedStream } from './stream-config.ts';

/** Makes streams where they are not there. One that is there stays as it is; where it is another, the log says so. */
export class StreamCreator {
  readonly #logger: Logger;
  /** What was said of differences, so that it is said once. */
  readonly #said = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Rejects with the client's errors. */
  async make({ streams }: { streams: Pick<StreamAPI, 'info' | 'add'> }, asked: AskedStream): Promise<void> {
    const info = await streams.info(asked.name).catch(nothingIfNotFound);
    if (info) this.#compare(asked, info.config);
    else await streams.add({ ...asked });
  }

  #compare(asked: AskedStream, there: StreamConfig): void {
    const differences = differencesBetween(asked, there);
    const said = JSON.stringify([asked.name, differences]);
    if (differences.length === 0 || this.#said.has(said)) return;
    this.#said.add(said);
    this.#logger.warn({ stream: asked.name, differences }, 'a stream has other settings than it should');
  }
}

interface Difference {
  readonly setting: string;
  readonly asked: unknown;
  readonly there: unknown;
}

function differencesBetween(asked: AskedStream, there: StreamConfig): Difference[] {
  const settings = new Map<string, unknown>(Object.entries(there));
  return Object.entries(asked)
    .map(([setting, value]) => ({ setting, asked: value, there: settings.get(setting) }))
    .filter((setting) => JSON.stringify(setting.asked) !== JSON.stringify(setting.there ?? false));
}

function nothingIfNotFound(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return;
  throw error;
}
