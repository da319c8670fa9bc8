import { Fault } from '@weir/service-kit/fault';
import { isStored } from '../domain/provider.ts';
import {
  isAvailable,
  type AvailableTarget,
  type CredentialSlot,
} from '../domain/routing/available-target.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import type { AttemptExecutor } from './attempt-executor.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { toRoutingRequest, type RequestContext } from './request-context.ts';
import { discardingSink } from './response-commit.ts';
import { toWireRequest } from './wire-request.ts';

/** However slow a mirror target is, no more copies than this are in flight. Requests beyond that are not mirrored. */
const maxInFlight = 64;

/** Sends copies of requests to second targets. The client's response neither waits for a copy nor depends on it. */
export class Mirrors {
  readonly #engine: EngineDependencies;
  readonly #inFlight = new Set<AbortController>();
  #isStopped = false;

  constructor(engine: EngineDependencies) {
    this.#engine = engine;
  }

  /** Sends a copy where the request's config has a mirror, and the request falls into its share. */
  mirror(request: RequestContext, attempts: AttemptExecutor): void {
    const { mirror } = request.config;
    if (!mirror || this.#isStopped || this.#inFlight.size >= maxInFlight) return;
    if (this.#engine.random() >= mirror.share) return;
    const candidate = this.#engine.selector.availabilityOf(mirror.target, toRoutingRequest(request));
    if (!isAvailable(candidate)) return;
    // A half-open target is probed by a request that a client waits for, and never by a copy.
    const slot = candidate.credentialSlots.find(
      ({ healthKey }) => this.#engine.health.statusOf(healthKey).state === 'closed',
    );
    if (slot) this.#send(request, attempts, candidate, slot);
  }

  /** Cancels all copies, and sends no more. */
  stop(): void {
    this.#isStopped = true;
    for (const controller of this.#inFlight) controller.abort(new Fault('service_unavailable'));
  }

  #send(
    { chat, envelope }: RequestContext,
    attempts: AttemptExecutor,
    candidate: AvailableTarget,
    slot: CredentialSlot,
  ): void {
    const { clock, logger, realKeys } = this.#engine;
    const controller = new AbortController();
    this.#inFlight.add(controller);
    const stopTimer = clock.after(Math.max(0, envelope.deadlineAtMs - clock.nowMs()), () => {
      controller.abort(new Fault('deadline_exceeded'));
    });
    const attempt = async () => {
      const kept = slot.credential;
      const sent = withOverrides(chat, candidate.target.overrides);
      await attempts.run({
        candidate,
        chat: sent,
        slot,
        credential: isStored(kept) ? await realKeys.open(kept) : kept,
        probe: undefined,
        wire: toWireRequest(sent, candidate, this.#engine, {
          isCapRequired: attempts.isCapRequired(candidate),
        }),
        purpose: 'mirror',
        sink: discardingSink,
        signal: controller.signal,
        hasLost: () => false,
        hasNextTarget: () => false,
        onContent: () => undefined,
      });
    };
    void attempt()
      .catch((error: unknown) => {
        logger.debug({ err: error }, 'a request could not be mirrored');
      })
      .finally(() => {
        stopTimer();
        this.#inFlight.delete(controller);
      });
  }
}
