import type { ServiceBus } from './bus/service-bus.ts';
import type { Clock } from './clock.ts';
import type { ProcessReadiness } from './process-readiness.ts';

interface RotationParts {
  readonly service: string;
  readonly instance: string;
  readonly bus: Pick<ServiceBus, 'instances' | 'isInRotation' | 'processState'>;
  readonly readiness: Pick<ProcessReadiness, 'report'>;
  readonly clock: Clock;
  /** From 0 up to and without 1. */
  readonly random?: () => number;
}

const checkIntervalMs = 1_000;
/** Those who have the same trouble at once do not ask at once. */
const longestJitterMs = 800;
const discoveryMs = 250;

/**
 * Tells others in which state this process is, and takes one that is starved or broken out of rotation, which is out of its queue groups
 * and not ready, while another instance is ready to do its share. Where none is, it goes on: what is slow, or works in part, is better
 * than nothing, and no balancer loses all instances at once.
 */
export class Rotation {
  readonly #parts: RotationParts;
  readonly #random: () => number;
  #stop: () => void = () => undefined;
  #isStopped = false;

  constructor({ random = Math.random, ...parts }: RotationParts) {
    this.#parts = parts;
    this.#random = random;
  }

  /** Checks from now on, until it is stopped. */
  start(): void {
    this.#checkIn(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop();
  }

  #checkIn(delayMs: number): void {
    if (this.#isStopped) return;
    this.#stop = this.#parts.clock.after(delayMs, () => {
      void this.#check().then((nextMs) => {
        this.#checkIn(nextMs);
      });
    });
  }

  /** Resolves with when to check again. */
  async #check(): Promise<number> {
    const { bus, readiness } = this.#parts;
    const { state } = await readiness.report();
    if (this.#isStopped) return 0;
    const wasInTrouble = isInTrouble(bus.processState);
    bus.processState = state === 'full' ? 'ready' : state;
    if (!isInTrouble(state)) bus.isInRotation = true;
    // Others hear of this trouble before this process asks about theirs: of two that are starved at once at most one goes.
    else if (!wasInTrouble) return longestJitterMs * this.#random();
    else bus.isInRotation = !(await this.#isAnotherReady());
    return checkIntervalMs;
  }

  async #isAnotherReady(): Promise<boolean> {
    const { bus, service, instance } = this.#parts;
    const instances = await bus.instances(service, discoveryMs);
    return instances.some(({ id, state }) => id !== instance && state === 'ready');
  }
}

const isInTrouble = (state: string) => state === 'starved' || state === 'broken';
