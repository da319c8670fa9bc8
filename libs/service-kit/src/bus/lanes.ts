import type { Fault } from '../fault.ts';
import type { BusOptions } from './bus-options.ts';
import { Lane } from './lane.ts';

/** From this size on a body takes the bulk lane, so that small requests need not wait behind it. */
const bulkThresholdBytes = 256 * 1024;

const bulkSubject = (subject: string) => `${subject}.bulk`;

/** Where a message goes: through which connection, and on which subject. */
interface Route {
  readonly lane: Lane;
  readonly subject: string;
}

/** The two connections of a service: one for most messages, one for large bodies. */
export class Lanes {
  readonly main: Lane;
  readonly #bulk: Lane;

  /** Resolves once both are connected. */
  static async open({ settings, identity, clock, logger, onClosed }: BusOptions): Promise<Lanes> {
    const open = (id: string) => Lane.open({ settings, service: identity.name, id, clock, logger, onClosed });
    return new Lanes(...(await Promise.all([open(identity.id), open(`${identity.id}-bulk`)])));
  }

  private constructor(main: Lane, bulk: Lane) {
    this.main = main;
    this.#bulk = bulk;
  }

  get connected(): boolean {
    return this.#all.every(({ connected }) => connected);
  }

  /** What they lack to do their work, in words for an operator. */
  get missing(): string[] {
    return [...new Set(this.#all.flatMap(({ missing }) => missing))];
  }

  /** The way of a body of this size. */
  route(subject: string, bodyBytes: number): Route {
    return bodyBytes < bulkThresholdBytes
      ? { lane: this.main, subject }
      : { lane: this.#bulk, subject: bulkSubject(subject) };
  }

  /** All ways by which a question on a subject may come. */
  routes(subject: string): Route[] {
    return [
      { lane: this.main, subject },
      { lane: this.#bulk, subject: bulkSubject(subject) },
    ];
  }

  join(): void {
    for (const lane of this.#all) lane.join();
  }

  async leave(): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane.leave()));
  }

  /** Ends what is still worked on, with a fault. */
  abortJobs(fault: Fault): void {
    for (const { jobs } of this.#all) jobs.abortAll(fault);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane.close()));
  }

  get #all(): Lane[] {
    return [this.main, this.#bulk];
  }
}
