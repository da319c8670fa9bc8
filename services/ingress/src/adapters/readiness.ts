import type { Bus } from '@weir/service-kit/bus/bus';

/** How long the router may take to answer that it is there. */
const discoveryMs = 1_000;

interface ReadinessParts {
  bus: Bus;
  isDraining: () => boolean;
}

/** Whether a request would be served now. */
export class Readiness {
  readonly #bus: Bus;
  readonly #isDraining: () => boolean;
  #discovery: Promise<boolean> | undefined;

  constructor({ bus, isDraining }: ReadinessParts) {
    this.#bus = bus;
    this.#isDraining = isDraining;
  }

  /** What is missing, in words for an operator. */
  async missing(): Promise<string[]> {
    if (this.#isDraining()) return ['it is stopping'];
    if (!this.#bus.connected) return ['a connection to NATS'];
    return (await this.#findRouter()) ? [] : ['a router'];
  }

  /** However many ask, the bus is asked once at a time. */
  #findRouter(): Promise<boolean> {
    this.#discovery ??= this.#bus.isServed('router', discoveryMs).finally(() => {
      this.#discovery = undefined;
    });
    return this.#discovery;
  }
}
