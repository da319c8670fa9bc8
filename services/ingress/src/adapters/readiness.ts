import type { Bus } from '@weir/service-kit/bus/bus';
import type { Authentication } from '../authentication/authentication.ts';

/** How long the router may take to answer that it is there. */
const discoveryMs = 1_000;

interface ReadinessParts {
  bus: Bus;
  isDraining: () => boolean;
  /** What it takes to know who asks. */
  authentication: Pick<Authentication, 'missing'>;
}

/** Whether a request would be served now. */
export class Readiness {
  readonly #parts: ReadinessParts;
  #discovery: Promise<boolean> | undefined;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** What is missing, in words for an operator. */
  async missing(): Promise<string[]> {
    const { authentication, bus, isDraining } = this.#parts;
    if (isDraining()) return ['it is stopping'];
    if (!bus.connected) return ['a connection to NATS'];
    const hasRouter = await this.#findRouter();
    return [...authentication.missing(), ...(hasRouter ? [] : ['a router that is ready'])];
  }

  /** However many ask, the bus is asked once at a time. */
  #findRouter(): Promise<boolean> {
    this.#discovery ??= this.#parts.bus.isServed('router', discoveryMs).finally(() => {
      this.#discovery = undefined;
    });
    return this.#discovery;
  }
}
