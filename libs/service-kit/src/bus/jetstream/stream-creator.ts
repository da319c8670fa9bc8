import { JetStreamApiCodes, JetStreamApiError, type StreamAPI, type StreamConfig } from '@nats-io/jetstream';
import type { Logger } from '../../logger.ts';
import type { WantedStream } from './stream-config.ts';

/** Creates streams that are not there. One that is there stays as it is, and the log says in what its settings differ. */
export class StreamCreator {
  readonly #logger: Logger;
  /** The differences that are in the log already. */
  readonly #logged = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Rejects with the client's errors. */
  async create(
    { streams }: { streams: Pick<StreamAPI, 'info' | 'add'> },
    asked: WantedStream,
  ): Promise<void> {
    const info = await streams.info(asked.name).catch(undefinedIfNotFound);
    if (info) this.#compare(asked, info.config);
    else await streams.add({ ...asked });
  }

  #compare(asked: WantedStream, there: StreamConfig): void {
    const differences = differencesBetween(asked, there);
    const logged = JSON.stringify([asked.name, differences]);
    if (differences.length === 0 || this.#logged.has(logged)) return;
    this.#logged.add(logged);
    this.#logger.warn({ stream: asked.name, differences }, 'a stream has other settings than it should');
  }
}

interface Difference {
  readonly setting: string;
  readonly asked: unknown;
  readonly there: unknown;
}

function differencesBetween(asked: WantedStream, there: StreamConfig): Difference[] {
  const settings = new Map<string, unknown>(Object.entries(there));
  return Object.entries(asked)
    .map(([setting, value]) => ({ setting, asked: value, there: settings.get(setting) }))
    .filter((setting) => JSON.stringify(setting.asked) !== JSON.stringify(setting.there ?? false));
}

function undefinedIfNotFound(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return;
  throw error;
}
