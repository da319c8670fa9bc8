import type { EncodedEvent } from './cloud-event.ts';

/** The events of one message. It keeps them, and its id, however often it is sent. */
export interface EventBatch {
  readonly subject: string;
  /** The message's id, by which JetStream stores it once. It is not the id of an event. */
  readonly messageId: string;
  readonly events: readonly EncodedEvent[];
}

interface BatcherParts {
  /** Unique among all publishers, so that no two batches ever have the same id. */
  readonly publisherId: string;
  /** Given each batch once it is complete. */
  readonly onBatch: (batch: EventBatch) => void;
}

/**
 * `maxLength` is in characters, which cost nothing to count and have three bytes at most: a batch stays below the mebibyte
 * that NATS carries by default.
 */
export const batchLimits = { maxEvents: 256, maxLength: 256 * 1024, maxAgeMs: 50 } as const;

interface SubjectState {
  gathered: EncodedEvent[];
  /** Characters. */
  length: number;
  /** Batches that are complete and not stored yet. */
  underWay: number;
}

/**
 * Gathers the events of each subject: those of one turn of the event loop, and all that come while a batch of theirs is
 * under way. So an event alone waits for nothing, and the more events there are the larger their batches become. A batch
 * that is full is complete at once.
 */
export class EventBatcher {
  readonly #parts: BatcherParts;
  readonly #subjects = new Map<string, SubjectState>();
  #batches = 0;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
  }

  /** When the first of the events that are gathered was added, Unix time in milliseconds; undefined where none is. */
  get oldestAtMs(): number | undefined {
    let oldestAtMs: number | undefined;
    for (const { gathered } of this.#subjects.values()) {
      const atMs = gathered[0]?.atMs;
      if (atMs !== undefined && !(atMs >= (oldestAtMs ?? Infinity))) oldestAtMs = atMs;
    }
    return oldestAtMs;
  }

  add(event: EncodedEvent): void {
    const { subject, json } = event;
    const state = this.#stateOf(subject);
    // An event that is too large must not make the batch of others too large.
    if (state.length + json.length > batchLimits.maxLength) this.#complete(subject, state);
    state.gathered.push(event);
    state.length += json.length;
    if (state.gathered.length >= batchLimits.maxEvents || state.length >= batchLimits.maxLength)
      this.#complete(subject, state);
  }

  /** What was added in this turn of the event loop goes at once where nothing of its subject is under way. */
  endTurn(): void {
    for (const [subject, state] of this.#subjects) if (state.underWay === 0) this.#complete(subject, state);
  }

  /** A batch is stored or lost. The last one that was under way is followed by what has gathered behind it. */
  settled({ subject }: EventBatch): void {
    const state = this.#stateOf(subject);
    state.underWay--;
    if (state.underWay === 0) this.#complete(subject, state);
  }

  /** A batch cannot be stored as it is: each of its events becomes one of its own in its place. */
  split({ subject, events }: EventBatch): EventBatch[] {
    this.#stateOf(subject).underWay += events.length - 1;
    return events.map((event) => this.#batchOf(subject, [event]));
  }

  /** Completes what has gathered for so long. */
  completeOlderThan(addedBeforeMs: number): void {
    for (const [subject, state] of this.#subjects) {
      if ((state.gathered[0]?.atMs ?? Infinity) <= addedBeforeMs) this.#complete(subject, state);
    }
  }

  #complete(subject: string, state: SubjectState): void {
    if (state.gathered.length === 0) return;
    const batch = this.#batchOf(subject, state.gathered);
    state.gathered = [];
    state.length = 0;
    state.underWay++;
    this.#parts.onBatch(batch);
  }

  #batchOf(subject: string, events: readonly EncodedEvent[]): EventBatch {
    return { subject, messageId: `${this.#parts.publisherId}-${(this.#batches++).toString(36)}`, events };
  }

  #stateOf(subject: string): SubjectState {
    let state = this.#subjects.get(subject);
    if (!state) this.#subjects.set(subject, (state = { gathered: [], length: 0, underWay: 0 }));
    return state;
  }
}
