import { v7 as uuidv7 } from 'uuid';
import type { Envelope } from '@weir/contracts/envelope';
import { verificationKey } from '@weir/contracts/keys/verification';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { continueTrace } from '@weir/service-kit/trace-context';
import { VerificationKey } from './verification-key.ts';

interface ClientParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** To which the key is sealed on its way. */
  readonly sealingPair: SealingPair;
}

const pauses = { firstMs: 100, longestMs: 2_000, jitter: 0.5 };

/** How long an answer is taken for the newest, however many keys name another. */
const renewalIntervalMs = 1_000;

/** Has the verification key from the keys service, once, and in memory alone. */
export class VerificationKeyClient {
  readonly #parts: ClientParts;
  #newest: VerificationKey | undefined;
  #answeredAtMs = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Undefined until the keys service has told it. */
  get newest(): VerificationKey | undefined {
    return this.#newest;
  }

  /** Asks until there is an answer. */
  start(failures = 0): void {
    const { clock, logger } = this.#parts;
    this.#renew().catch((thrown: unknown) => {
      if (failures === 0)
        logger.warn({ err: thrown }, 'no keys service tells the verification key: asking on');
      clock.after(backoffMs(failures, pauses), () => {
        if (!this.#newest) this.start(failures + 1);
      });
    });
  }

  /** Asks where something was digested under another key than the one at hand. Rejects, by a 503, where nobody answers. */
  async require(id: string): Promise<void> {
    if (this.#newest?.id === id) return;
    if (this.#parts.clock.nowMs() - this.#answeredAtMs < renewalIntervalMs) return;
    await this.#renew();
  }

  /** However many ask, the service is asked once at a time. */
  #renew(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { bus, clock, sealingPair } = this.#parts;
    const { publicKey } = sealingPair;
    try {
      const { id, sealedKey } = await bus.request(verificationKey, { publicKey }, ownEnvelope(clock));
      if (this.#newest?.id !== id) {
        this.#newest = new VerificationKey(id, Buffer.from(sealingPair.open(sealedKey), 'base64url'));
      }
      this.#answeredAtMs = clock.nowMs();
    } catch (thrown) {
      const fault = Fault.from(thrown);
      throw fault.status === 503 ? fault : new Fault('service_unavailable', { cause: fault });
    }
  }
}

/** Of what is asked on behalf of nobody's request. */
function ownEnvelope(clock: Clock): Envelope {
  const deadlineAtMs = clock.nowMs() + verificationKey.timeoutMs;
  return { requestId: uuidv7(), tenant: 'default', traceparent: continueTrace(undefined), deadlineAtMs };
}
