import type { ProcessState } from '@weir/contracts/problems';
import type { ServiceBus } from './bus/service-bus.ts';
import { type Clock, isDoneWithin } from './clock.ts';
import type { EventLoopMonitor } from './event-loop-monitor.ts';
import type { ReadinessReport } from './ops-server.ts';
import type { Problems } from './problems.ts';
import type { RunningService } from './service.ts';

interface ReadinessParts {
  readonly clock: Clock;
  readonly problems: Problems;
  readonly eventLoop: Pick<EventLoopMonitor, 'isStarved'>;
}

/** A service that lacks nothing is not asked again for this long, however many ask. */
const heldMs = 250;
/** A probe of Kubernetes waits for a second. */
const longestWaitMs = 700;
/** While a service takes longer than that to say what it lacks, what it said before counts for so long. */
const outdatedAfterMs = 5_000;

const isSilent = 'an answer of its own about what it lacks';

/** Whether a process can do its work, and what it lacks. It is told its parts as they come to be. */
export class ProcessReadiness {
  bus: Pick<ServiceBus, 'missing' | 'unreadable' | 'state' | 'isInRotation'> | undefined;
  service: RunningService | undefined;
  isStopping = false;
  readonly #parts: ReadinessParts;
  #check: Promise<void> | undefined;
  #lacks: readonly string[] = [isSilent];
  #checkedAtMs = -Infinity;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Resolves within a second, whatever hangs; it costs next to nothing where it was asked just before. */
  async report(): Promise<ReadinessReport> {
    const missing = await this.#missing();
    const state = this.#stateWith(missing);
    return {
      ready: state === 'ready' || state === 'full' || (state === 'starved' && this.#isInRotation),
      state,
      missing,
      problems: this.#parts.problems.list(),
      unreadable: this.bus?.unreadable ?? {},
    };
  }

  get #isInRotation(): boolean {
    return this.bus?.isInRotation ?? true;
  }

  async #missing(): Promise<string[]> {
    const { problems } = this.#parts;
    if (this.isStopping) return ['it is stopping'];
    if (!this.bus) return problems.missing.length > 0 ? problems.missing : ['a connection to NATS'];
    if (!this.service) return [...problems.missing, ...this.bus.missing, 'it is starting'];
    const lacks = await this.#lacksOf(this.service);
    return [...new Set([...problems.missing, ...this.bus.missing, ...lacks])];
  }

  #stateWith(missing: readonly string[]): ProcessState {
    if (this.isStopping) return 'stopping';
    if (!this.bus || !this.service) return 'starting';
    if (missing.length > 0) return 'broken';
    if (this.#isStarved) return 'starved';
    return this.bus.state === 'full' || this.service.isFull?.() ? 'full' : 'ready';
  }

  get #isStarved(): boolean {
    const { eventLoop, problems } = this.#parts;
    return eventLoop.isStarved || problems.list().some(({ code }) => code === 'resource_exhausted');
  }

  async #lacksOf(service: RunningService): Promise<readonly string[]> {
    const { clock } = this.#parts;
    if (!service.missing) return [];
    if (this.#lacks.length === 0 && clock.nowMs() - this.#checkedAtMs < heldMs) return [];
    this.#check ??= this.#ask(service.missing()).finally(() => {
      this.#check = undefined;
    });
    if (await isDoneWithin(this.#check, longestWaitMs, clock)) return this.#lacks;
    return clock.nowMs() - this.#checkedAtMs < outdatedAfterMs ? this.#lacks : [isSilent];
  }

  async #ask(answer: Promise<string[]>): Promise<void> {
    this.#lacks = await answer.catch(() => [isSilent]);
    this.#checkedAtMs = this.#parts.clock.nowMs();
  }
}
