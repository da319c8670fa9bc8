import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** What Node counts by itself, outside of JavaScript, in nanoseconds: the time between two timers that are due every `resolutionMs`. */
interface DelayHistogram {
  percentile(percentile: number): number;
  reset(): void;
}

interface EventLoopMonitorParts {
  readonly clock: Clock;
  readonly histogram?: DelayHistogram;
}

const resolutionMs = 20;
const windowMs = 1_000;

/** Half of a window's turns were later than this: whatever waits for several turns, as a request does, waits for seconds. */
const starvedAtMs = 200;
const recoveredAtMs = 80;
/** A single long piece of work, or a process that was stopped for a while, is not starved. */
const windowsToChange = 3;

/** How late the event loop of this process is. It costs one reading a second: Node's own histogram does the counting. */
export class EventLoopMonitor {
  readonly stop: () => void;
  readonly #histogram: DelayHistogram;
  #isStarved = false;
  #contrary = 0;

  constructor({ clock, histogram = startHistogram() }: EventLoopMonitorParts) {
    this.#histogram = histogram;
    this.stop = clock.every(windowMs, () => {
      this.#closeWindow();
    });
  }

  /** Whether the event loop has been late for seconds: there is more to do than this process can. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  #closeWindow(): void {
    const medianMs = latenessMs(this.#histogram.percentile(50));
    this.#histogram.reset();
    const isContrary = this.#isStarved ? medianMs < recoveredAtMs : medianMs > starvedAtMs;
    this.#contrary = isContrary ? this.#contrary + 1 : 0;
    if (this.#contrary < windowsToChange) return;
    this.#contrary = 0;
    this.#isStarved = !this.#isStarved;
  }
}

function startHistogram(): DelayHistogram {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return histogram;
}

/** An empty histogram has NaN or 0 in it. */
function latenessMs(delayNs: number): number {
  return delayNs > 0 ? Math.max(0, delayNs / 1e6 - resolutionMs) : 0;
}
