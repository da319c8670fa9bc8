import type { AdminKeyRecord, VirtualKeyRecord } from '@weir/contracts/keys/verification';
import { VerificationKey } from '../src/authentication/verification-key.ts';

/** What the keys service of these tests has its digests made with. */
export const verificationKeyBytes = Buffer.alloc(32, 7);
export const testVerificationKey = new VerificationKey('vk-1', verificationKeyBytes);

/** A key of the right form; of another `secret` is another key under the same id. */
export const keyText = (id: string, secret = 's') => `sk-weir-${id}-${secret.padEnd(43, '0')}`;
export const adminKeyText = (id: string, secret = 's') => `weir-admin-${id}-${secret.padEnd(43, '0')}`;

/** The key that every ingress of the tests knows, which may do everything. */
export const testKeyId = 'tests000';
export const testKey = keyText(testKeyId);

/** The record of `keyText(id)`. */
export function keyRecord(id: string, changes: Partial<VirtualKeyRecord> = {}): VirtualKeyRecord {
  return {
    organisation: 'default',
    caller: { keyId: id },
    secrets: [{ digest: testVerificationKey.digestOf(keyText(id)) }],
    verificationKeyId: testVerificationKey.id,
    access: { inlineConfigs: true },
    ...changes,
  };
}

/** The record of `adminKeyText(id)`. */
export function adminKeyRecord(id: string, changes: Partial<AdminKeyRecord> = {}): AdminKeyRecord {
  return {
    digest: testVerificationKey.digestOf(adminKeyText(id)),
    verificationKeyId: testVerificationKey.id,
    scopes: ['owner'],
    ...changes,
  };
}
