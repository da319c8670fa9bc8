import type { BusRecord } from './conversations.ts';

export interface RequestChoice {
  /** A request's id, or the id of its trace. */
  readonly request?: string | undefined;
  /** The first request that begins. */
  readonly next?: boolean | undefined;
}

/** Which messages belong to the one request that is watched; all do where none is chosen. */
export class RequestFilter {
  readonly #choice: RequestChoice;
  /** A trace may hold several requests. */
  readonly #requestIds = new Set<string>();
  #openCount = 0;

  constructor(choice: RequestChoice) {
    this.#choice = choice;
    if (choice.request !== undefined) this.#requestIds.add(choice.request);
  }

  /** Whether the request has been answered, and nothing else was asked for it since. */
  get isAnswered(): boolean {
    return this.#choice.next === true && this.#requestIds.size > 0 && this.#openCount === 0;
  }

  admits(record: BusRecord): boolean {
    const { request, next } = this.#choice;
    if (request === undefined && !next) return true;
    const [requestId] = record.requestIds;
    const isFirst = next === true && this.#requestIds.size === 0;
    const isChosen = record.kind === 'request' && (isFirst || record.traceId === request);
    if (isChosen && requestId !== undefined) this.#requestIds.add(requestId);
    if (!record.requestIds.some((id) => this.#requestIds.has(id))) return false;
    if (record.step === 'begins') this.#openCount++;
    if (record.step === 'ends') this.#openCount--;
    return true;
  }
}
