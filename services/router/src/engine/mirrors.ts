import { Fault } from '@weir/service-kit/fault';
import { isCandidate, type Access } from '../domain/routing/candidate.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import type { Asked } from './asked.ts';
import type { Attempts } from './attempts.ts';
import type { EngineParts } from './engine-parts.ts';
import { nowhere } from './outlet.ts';
import { wireFor } from './target-wire.ts';

/** However slow a mirror is, no more than this wait for it; what is beyond is not mirrored. */
const maxInFlight = 64;

/** Copies of requests to second targets. Whatever becomes of them, the answer does not wait for it and does not change. */
export class Mirrors {
  readonly #engine: EngineParts;
  readonly #running = new Set<AbortController>();
  #isStopped = false;

  constructor(engine: EngineParts) {
    this.#engine = engine;
  }

  /** Sends a copy where the request's config asks for one, and this request is in its share. */
  reflect(asked: Asked, attempts: Attempts): void {
    const { mirror } = asked.config;
    if (!mirror || this.#isStopped || this.#running.size >= maxInFlight) return;
    if (this.#engine.random() >= mirror.share) return;
    const { decider, health, clock } = this.#engine;
    const metadata = asked.envelope.metadata ?? {};
    const candidate = decider.assess(mirror.target, { config: asked.config, chat: asked.chat, metadata });
    // A target that is to prove that it works again does so with a request that somebody waits for.
    const isWell = ({ subject }: Access) => health.check(subject).state === 'closed';
    const access = isCandidate(candidate) ? candidate.accesses.find(isWell) : undefined;
    if (!isCandidate(candidate) || !access) return;
    const controller = new AbortController();
    this.#running.add(controller);
    const stop = clock.after(Math.max(0, asked.envelope.deadlineAtMs - clock.nowMs()), () => {
      controller.abort(new Fault('deadline_exceeded'));
    });
    const send = async () => {
      await attempts.make({
        candidate,
        access,
        probe: undefined,
        wire: wireFor(withOverrides(asked.chat, mirror.target.overrides), candidate, this.#engine),
        purpose: 'mirror',
        outlet: nowhere,
        signal: controller.signal,
        hasLost: () => false,
        onContent: () => undefined,
      });
    };
    void send()
      .catch((error: unknown) => {
        this.#engine.logger.debug({ err: error }, 'a request could not be mirrored');
      })
      .finally(() => {
        stop();
        this.#running.delete(controller);
      });
  }

  /** Ends all copies, and makes no more. */
  stop(): void {
    this.#isStopped = true;
    for (const controller of this.#running) controller.abort(new Fault('service_unavailable'));
  }
}
