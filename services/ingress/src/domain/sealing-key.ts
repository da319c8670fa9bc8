import type { Envelope } from '@weir/contracts/envelope';
import { sealingKey } from '@weir/contracts/routing/admin';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';

/** How long a key is used before the routers are asked whether it is still theirs. */
const refreshMs = 60_000;

/** The key to which texts are sealed that only the routers may read. */
export class SealingKey {
  readonly #bus: Bus;
  readonly #clock: Clock;
  #publicKey: string | undefined;
  #askedAtMs = 0;
  #asking: Promise<string> | undefined;

  constructor({ bus, clock }: { bus: Bus; clock: Clock }) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** The key at hand; only the first time it is waited for. */
  async current(envelope: Envelope): Promise<string> {
    if (this.#publicKey === undefined) return this.renew(envelope);
    if (this.#clock.nowMs() - this.#askedAtMs >= refreshMs) {
      // Where the routers cannot be asked the key stays what it is, and the request itself will meet the reason.
      this.renew(envelope).catch(() => undefined);
    }
    return this.#publicKey;
  }

  /** The routers' newest key. However many ask, the routers are asked once at a time. */
  renew(envelope: Envelope): Promise<string> {
    this.#asking ??= this.#ask(envelope).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** In the name of one request, but not by its deadline: others wait for the same answer. */
  async #ask(envelope: Envelope): Promise<string> {
    const nowMs = this.#clock.nowMs();
    this.#askedAtMs = nowMs;
    const deadlineAtMs = nowMs + sealingKey.timeoutMs;
    const { publicKey } = await this.#bus.request(sealingKey, {}, { ...envelope, deadlineAtMs });
    this.#publicKey = publicKey;
    return publicKey;
  }
}
