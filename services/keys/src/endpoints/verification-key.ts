import type { verificationKey } from '@weir/contracts/keys/verification';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import type { Installation } from '../vault/installation.ts';

/** Sealed to whoever asks: on the bus nobody else can read it. */
export function createVerificationKey(installation: Installation): EndpointHandler<typeof verificationKey> {
  const { verificationKey: key, verificationKeyId: id } = installation;
  return ({ data: { publicKey } }) => ({ id, sealedKey: seal(key.toString('base64url'), publicKey) });
}
