import type { Envelope } from '@weir/contracts/envelope';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';

interface SealingKeyParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly clock: Clock;
}

/** The keys of all services that texts are sealed to. */
export class SealingKeyClients {
  readonly #parts: SealingKeyParts;
  readonly #byService = new Map<string, SealingKeyClient>();

  constructor(parts: SealingKeyParts) {
    this.#parts = parts;
  }

  /** Of any service that serves `<service>.sealing-key`. */
  of(service: string): SealingKeyClient {
    const known = this.#byService.get(service);
    if (known) return known;
    const client = new SealingKeyClient({ ...this.#parts, service });
    this.#byService.set(service, client);
    return client;
  }
}

/** How long a key is used before its service is asked whether it is still theirs. */
const refreshMs = 60_000;

/** The key to which texts are sealed that only the replicas of one service may read. */
export class SealingKeyClient {
  readonly #endpoint: ReturnType<typeof sealingKeyOf>;
  readonly #bus: Pick<Bus, 'request'>;
  readonly #clock: Clock;
  #publicKey: string | undefined;
  #askedAtMs = 0;
  #asking: Promise<string> | undefined;

  constructor({ bus, clock, service }: SealingKeyParts & { readonly service: string }) {
    this.#endpoint = sealingKeyOf(service);
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Asks with a sealed text; once more, sealed to the newest key, where the service could not open it. */
  async askSealed<Reply>(
    text: string,
    envelope: Envelope,
    ask: (sealed: string) => Promise<Reply>,
  ): Promise<Reply> {
    try {
      return await ask(seal(text, await this.current(envelope)));
    } catch (thrown) {
      if (!(thrown instanceof Fault && thrown.code === 'stale_sealing_key')) throw thrown;
      return ask(seal(text, await this.renew(envelope)));
    }
  }

  /** The key at hand; only the first time it is waited for. */
  async current(envelope: Envelope): Promise<string> {
    if (this.#publicKey === undefined) return this.renew(envelope);
    if (this.#clock.nowMs() - this.#askedAtMs >= refreshMs) {
      // Where the service cannot be asked the key stays what it is, and the request itself will meet the reason.
      this.renew(envelope).catch(() => undefined);
    }
    return this.#publicKey;
  }

  /** The service's newest key. However many ask, it is asked once at a time. */
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
    const deadlineAtMs = nowMs + this.#endpoint.timeoutMs;
    const { publicKey } = await this.#bus.request(this.#endpoint, {}, { ...envelope, deadlineAtMs });
    this.#publicKey = publicKey;
    return publicKey;
  }
}
