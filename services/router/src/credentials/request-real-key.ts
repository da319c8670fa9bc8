import { randomUUID } from 'node:crypto';
import type { Envelope } from '@weir/contracts/envelope';
import { getRealKey } from '@weir/contracts/keys/credentials';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import { continueTrace } from '@weir/service-kit/trace-context';
import type { KnownCredential, StoredCredential } from '../domain/provider.ts';
import { isHeaderWord } from '../providers/environment.ts';

interface RequesterParts {
  readonly bus: Pick<Bus, 'request'>;
  readonly sealingPair: SealingPair;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface RealKey {
  readonly credential: KnownCredential;
  readonly version: number;
}

/** Asks the keys service for a stored credential's real key. Rejects with whatever went wrong. */
export type RequestRealKey = (credential: StoredCredential) => Promise<RealKey>;

export function createRequestRealKey({ bus, sealingPair, clock }: RequesterParts): RequestRealKey {
  return async ({ id, organisation, digest }) => {
    // Not a request's own: several may wait, each with a deadline of its own.
    const envelope: Envelope = {
      requestId: randomUUID(),
      tenant: organisation ?? 'default',
      traceparent: continueTrace(undefined),
      deadlineAtMs: clock.nowMs() + getRealKey.timeoutMs,
    };
    const { publicKey } = sealingPair;
    const { sealedKey, version } = await bus.request(getRealKey, { credentialId: id, publicKey }, envelope);
    const secret = sealingPair.open(sealedKey);
    if (!isHeaderWord(secret)) throw new Error('The key is not one that a header can carry.');
    return { credential: new OpenedCredential({ id, digest, secret }), version };
  };
}

/** A stored credential with its key, which whoever prints or serialises it does not see. */
class OpenedCredential implements KnownCredential {
  readonly fingerprint: string;
  readonly digest: string;
  readonly isStored = true;
  readonly #secret: string;

  constructor({ id, digest, secret }: { id: string; digest: string; secret: string }) {
    this.fingerprint = id;
    this.digest = digest;
    this.#secret = secret;
  }

  get secret(): string {
    return this.#secret;
  }
}
