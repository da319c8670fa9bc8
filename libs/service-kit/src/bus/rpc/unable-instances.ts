import { randomInt } from 'node:crypto';
import type { Fault } from '../../fault.ts';
import type { InstanceMonitor } from '../discovery/instance-monitor.ts';

type Monitor = Pick<InstanceMonitor, 'subjectOfResponsive' | 'takers' | 'known'>;

/** The instances that have accepted one request, and then could do nothing of it. Each is asked once, as far as is known who there is. */
export class UnableInstances {
  readonly #service: string;
  readonly #monitor: Monitor;
  /** Their control subjects. */
  readonly #unable: string[] = [];
  #unnumbered = 0;

  constructor(service: string, monitor: Monitor) {
    this.#service = service;
    this.#monitor = monitor;
  }

  /** How many of them have used up no ids of attempts, so that the next may have theirs. */
  get unnumbered(): number {
    return this.#unnumbered;
  }

  /** One more. Returns whether there may be another to ask. */
  add(control: string, { details }: Fault): boolean {
    this.#unable.push(control);
    if (details.tryAnother === 'unnumbered') this.#unnumbered++;
    const known = this.#monitor.known(this.#service);
    return known.length === 0 || known.some((instance) => !this.#unable.includes(instance));
  }

  /** Where to send the request next; undefined where its queue group will do. */
  subject(): string | undefined {
    if (this.#unable.length === 0) return this.#monitor.subjectOfResponsive(this.#service);
    const others = this.#monitor.takers(this.#service).filter((taker) => !this.#unable.includes(taker));
    return others.length > 0 ? others[randomInt(others.length)] : undefined;
  }
}
