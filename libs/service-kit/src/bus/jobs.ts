import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';

/** A piece of work that somebody waits for until its deadline. */
export interface Job {
  /** Unix time in milliseconds. */
  readonly deadlineAtMs: number;
  abort(fault: Fault): void;
}

const sweepIntervalMs = 20;

/** The work in hand, ended when its deadline passes or when its asker can no longer be reached. */
export class Jobs {
  readonly #jobs = new Set<Job>();
  readonly #stop: () => void;

  constructor(clock: Clock) {
    this.#stop = clock.every(sweepIntervalMs, () => {
      const nowMs = clock.nowMs();
      for (const job of this.#jobs)
        if (job.deadlineAtMs <= nowMs) this.#abort(job, new Fault('deadline_exceeded'));
    });
  }

  add(job: Job): void {
    this.#jobs.add(job);
  }

  remove(job: Job): void {
    this.#jobs.delete(job);
  }

  abortAll(fault: Fault): void {
    for (const job of this.#jobs) this.#abort(job, fault);
  }

  /** Once: a handler that does not look at its signal is not told again and again. */
  #abort(job: Job, fault: Fault): void {
    this.#jobs.delete(job);
    job.abort(fault);
  }

  stop(): void {
    this.#stop();
  }
}
