import type { routerSealingKey } from '@weir/contracts/sealing-key';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';

/** Tells what to seal to. Every replica with the same newest master key answers the same. */
export function createSealingKey({
  publicKey,
}: Pick<SealingKeys, 'publicKey'>): EndpointHandler<typeof routerSealingKey> {
  return () => ({ publicKey });
}
