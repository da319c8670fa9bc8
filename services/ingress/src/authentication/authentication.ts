import { verifyAdminKey, verifyKey } from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { Admit } from '../admission.ts';
import { AdminKeyCopy, createAdminKey } from './admin-key.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { createAuthenticateAdmin, type AuthenticateAdmin } from './authenticate-admin.ts';
import { createAuthenticate } from './authenticate.ts';
import { DeniedCalls } from './denied-calls.ts';
import { KeyLookups, type LookupOutcome } from './key-lookups.ts';
import { KeyVerifier, type KeyCopy, type KnownKey } from './key-verifier.ts';
import { VerificationKeyClient } from './verification-key-client.ts';
import { VirtualKeyCopy } from './virtual-key-copy.ts';
import { createVirtualKey } from './virtual-key.ts';

interface AuthenticationParts {
  readonly adminKey: string | undefined;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly instance: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of this process: for the verification key, and for secrets in replies. */
  readonly sealingPair: SealingPair;
}

export interface Authentication {
  readonly authenticate: Admit;
  readonly authenticateAdmin: AuthenticateAdmin;
  /** What it lacks to know keys, in words for an operator. */
  readonly missing: () => string[];
}

/** All that it takes to know who asks. It begins to load the copies and to ask for the verification key. */
export function createAuthentication(parts: AuthenticationParts): Authentication {
  const { adminKey, bus, clock, instance, logger, metrics, sealingPair } = parts;
  const virtual = new VirtualKeyCopy({ bus, clock });
  const admin = new AdminKeyCopy({ bus, clock });
  const verificationKeys = new VerificationKeyClient({ bus, clock, logger, sealingPair });
  const throttle = new AttemptThrottle({ bus, clock, instance, metrics });
  const lookups = metrics.counter({
    name: 'key_lookups_total',
    help: 'Keys that the copies did not know, or not with this secret, and what the keys service said',
    labels: ['kind', 'outcome'],
  });

  const verifierOf = <Known extends KnownKey>(
    kind: 'virtual' | 'admin',
    copy: KeyCopy<Known>,
    ask: ConstructorParameters<typeof KeyLookups<Known>>[0]['ask'],
  ) => {
    const count = (outcome: LookupOutcome) => {
      lookups.inc({ kind, outcome });
    };
    return new KeyVerifier({
      copy,
      lookups: new KeyLookups({ ask, clock, count }),
      verificationKeys,
      throttle,
      clock,
    });
  };

  const virtualVerifier = verifierOf('virtual', virtual, async (keyId, envelope) => {
    const { key, ...ofTenants } = await bus.request(verifyKey, { keyId }, envelope);
    return key ? createVirtualKey(key, { isSuspended: false, ...ofTenants }) : undefined;
  });
  const adminVerifier = verifierOf('admin', admin, async (keyId, envelope) => {
    const { key } = await bus.request(verifyAdminKey, { keyId }, envelope);
    return key ? createAdminKey(key) : undefined;
  });
  verificationKeys.start();

  return {
    authenticate: createAuthenticate({ clock, throttle, verifier: virtualVerifier }),
    authenticateAdmin: createAuthenticateAdmin({
      clock,
      deniedCalls: new DeniedCalls({ bus, clock, metrics }),
      environmentKey: adminKey,
      sealingKey: sealingPair.publicKey,
      throttle,
      verifier: adminVerifier,
    }),
    missing: () => [
      ...(virtual.isLoaded ? [] : ['the copy of the virtual keys']),
      ...(admin.isLoaded ? [] : ['the copy of the admin keys']),
      ...(verificationKeys.newest ? [] : ['the verification key, which the keys service has']),
    ],
  };
}
