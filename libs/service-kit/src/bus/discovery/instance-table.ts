import { randomInt } from 'node:crypto';
import type { ProcessState } from '@weir/contracts/problems';
import type { Clock } from '../../clock.ts';
import type { SilentInstance } from '../bus.ts';

/** What an instance tells when it is looked for. */
export interface FoundInstance {
  readonly id: string;
  readonly version: string;
  readonly state: ProcessState;
  /** Absent where it is of a version that takes no requests there. */
  readonly control: string | undefined;
}

export interface KnownInstance extends FoundInstance {
  readonly control: string;
  /** Whether requests may be put to it. */
  takesWork: boolean;
  heardAtMs: number;
  /** When it first was asked in vain, since it was last heard. */
  silentSinceMs: number | undefined;
  /** Whether it may be a member of its queue groups. */
  isConnected: boolean;
}

/** One that was cut off while it was silent is remembered for so long: nobody else tells that it has gone. */
const memoryMs = 10 * 60_000;

/** Requests go straight to those that have answered within this time. */
const freshMs = 3_000;

/**
 * Requests go past one that has missed a single look. That it hangs is said when it has missed all for so long: a busy machine has one
 * be late now and then.
 */
const hangsAfterMs = 2_000;

/** More than any service has. */
const maxInstances = 1_000;

/**
 * Members that have moved away from a NATS server which hangs are asked there still by the servers that have not noticed it; 2.9.10
 * does not for minutes.
 */
const avoidQueueGroupMs = 30_000;

/** The instances of one service, by what was heard of them. */
export class InstanceTable {
  readonly #instances = new Map<string, KnownInstance>();
  readonly #clock: Clock;
  #hasSilent = false;
  #avoidQueueGroupUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a queue group may give a request to one that is silent. */
  get hasSilent(): boolean {
    return this.#hasSilent;
  }

  heard({ id, version, state, control }: FoundInstance): void {
    if (control === undefined || (!this.#instances.has(id) && this.#instances.size >= maxInstances)) return;
    const heardAtMs = this.#clock.nowMs();
    const known: KnownInstance = {
      ...{ id, version, state, control, heardAtMs },
      takesWork: state === 'ready' || state === 'starved',
      silentSinceMs: undefined,
      isConnected: true,
    };
    this.#instances.set(id, known);
    this.#update();
  }

  known(): KnownInstance[] {
    const longAgoMs = this.#clock.nowMs() - memoryMs;
    for (const { id, heardAtMs, isConnected } of this.#instances.values())
      if (heardAtMs < longAgoMs && !isConnected) this.left(id);
    return [...this.#instances.values()];
  }

  /** Whether it has not been heard since it was looked for. */
  hasMissed(id: string, sinceMs: number): boolean {
    const instance = this.#instances.get(id);
    return instance !== undefined && instance.heardAtMs < sinceMs;
  }

  unanswered(id: string): void {
    const instance = this.#instances.get(id);
    if (instance) instance.silentSinceMs ??= this.#clock.nowMs();
    this.#update();
  }

  /** The server says that it is not connected. One that was silent before hung, and was cut off; any other was stopped. */
  disconnected(id: string): void {
    const instance = this.#instances.get(id);
    if (!instance) return;
    if (instance.silentSinceMs === undefined) this.#instances.delete(id);
    else instance.isConnected = false;
    this.#update();
  }

  left(id: string): void {
    this.#instances.delete(id);
    this.#update();
  }

  /** It is full, or stops: it is not chosen before it is heard of again. */
  refused(control: string): void {
    for (const instance of this.#instances.values())
      if (instance.control === control) instance.takesWork = false;
  }

  /** The server says that nobody has this control subject. */
  gone(control: string): void {
    for (const instance of this.#instances.values())
      if (instance.control === control) this.disconnected(instance.id);
  }

  /** A request that was put to the queue group was taken by nobody: for a while others go straight to those that answer. */
  queueGroupLost(): void {
    this.#avoidQueueGroupUntilMs = this.#clock.nowMs() + avoidQueueGroupMs;
  }

  /** One that answers, at random, while requests that are put to the queue group may be lost. */
  choose(): KnownInstance | undefined {
    if (!this.#hasSilent && this.#clock.nowMs() >= this.#avoidQueueGroupUntilMs) return undefined;
    const responsive = this.takers();
    return responsive.length === 0 ? undefined : responsive[randomInt(responsive.length)];
  }

  /** Those that answer and take requests. */
  takers(): KnownInstance[] {
    const freshSinceMs = this.#clock.nowMs() - freshMs;
    return [...this.#instances.values()].filter(
      ({ takesWork, silentSinceMs, heardAtMs }) =>
        takesWork && silentSinceMs === undefined && heardAtMs >= freshSinceMs,
    );
  }

  isSilent(control: string): boolean {
    return [...this.#instances.values()].some(
      (instance) => instance.control === control && instance.silentSinceMs !== undefined,
    );
  }

  /** Those that hang. */
  silent(): SilentInstance[] {
    const beforeMs = this.#clock.nowMs() - hangsAfterMs;
    return [...this.#instances.values()]
      .filter(({ silentSinceMs = Infinity }) => silentSinceMs <= beforeMs)
      .map(({ id, version, heardAtMs }) => ({ id, version, sinceMs: heardAtMs }));
  }

  #update(): void {
    this.#hasSilent = [...this.#instances.values()].some(isSilentMember);
  }
}

function isSilentMember({ silentSinceMs, isConnected }: KnownInstance): boolean {
  return isConnected && silentSinceMs !== undefined;
}
