import { completeChat } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Authentication } from '../authentication/authentication.ts';

/** How long a router may take to answer that it is there. */
const probeMs = 450;

/** A router that is silent for a moment is none that has gone: of several, the one that hangs may be asked again and again. */
const answerHoldsMs = 3_000;

interface ReadinessParts {
  bus: Pick<Bus, 'connected' | 'probe'>;
  clock: Clock;
  isDraining: () => boolean;
  /** What it takes to know who asks. */
  authentication: Pick<Authentication, 'missing'>;
}

/** Whether a request would be served now. */
export class Readiness {
  readonly #parts: ReadinessParts;
  #answeredAtMs = -Infinity;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** What is missing, in words for an operator. */
  async missing(): Promise<string[]> {
    const { authentication, bus, isDraining } = this.#parts;
    if (isDraining()) return ['it is stopping'];
    if (!bus.connected) return ['a connection to NATS'];
    const hasRouter = await this.#hasRouter();
    return [...authentication.missing(), ...(hasRouter ? [] : ['a router that is ready'])];
  }

  async #hasRouter(): Promise<boolean> {
    const { bus, clock } = this.#parts;
    const outcome = await bus.probe(completeChat, probeMs);
    if (outcome === 'answered') this.#answeredAtMs = clock.nowMs();
    if (outcome === 'silent') return clock.nowMs() - this.#answeredAtMs < answerHoldsMs;
    // Routers that are full take no requests for a while: that is told to callers, and no reason to be taken out of service.
    return outcome === 'answered' || outcome === 'full';
  }
}
