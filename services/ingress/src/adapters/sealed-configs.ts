import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Envelope } from '@weir/contracts/envelope';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import type { SealingKeyClient } from './sealing-keys.ts';

interface Sealed {
  readonly token: string;
  readonly publicKey: string;
}

/** How many inline configs are remembered: applications send the same few again and again. */
const maxRemembered = 256;

/**
 * Inline configs, sealed to the routers. The same config becomes the same bytes, so that it is sealed once here, and
 * opened and compiled once there. Only digests of the configs are kept, since they may hold keys.
 */
export class SealedConfigs {
  readonly #key: SealingKeyClient;
  readonly #byDigest = new LRUCache<string, Sealed>({ max: maxRemembered });

  constructor(key: SealingKeyClient) {
    this.#key = key;
  }

  async seal(config: string, envelope: Envelope): Promise<string> {
    return this.#sealTo(await this.#key.current(envelope), config);
  }

  /** For what the routers could not open: sealed to their newest key. */
  async reseal(config: string, envelope: Envelope): Promise<string> {
    return this.#sealTo(await this.#key.renew(envelope), config);
  }

  #sealTo(publicKey: string, config: string): string {
    const digest = hash('sha256', config, 'base64');
    const known = this.#byDigest.get(digest);
    if (known?.publicKey === publicKey) return known.token;
    const token = seal(config, publicKey);
    this.#byDigest.set(digest, { token, publicKey });
    return token;
  }
}
