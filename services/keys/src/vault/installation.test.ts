import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { installationOf } from './installation.ts';

const secret = Buffer.alloc(32, 5);

test('every replica derives the same keys, and each key for one purpose', () => {
  const [one, other] = [installationOf(secret), installationOf(Buffer.from(secret))];
  expect(other.verificationKey).toEqual(one.verificationKey);
  expect(other.auditKey.equals(one.auditKey)).toBe(true);
  expect(other.sealingKeys.publicKey).toBe(one.sealingKeys.publicKey);
  expect(one.auditKey.export()).not.toEqual(one.verificationKey);
  expect(one.verificationKey).not.toEqual(secret);
  expect(installationOf(Buffer.alloc(32, 6)).verificationKeyId).not.toBe(one.verificationKeyId);
});

test('whoever has the verification key cannot derive the others from it, nor its id tell of it', () => {
  const { auditKey, sealingKeys, verificationKey, verificationKeyId } = installationOf(secret);
  const derived = installationOf(verificationKey);
  expect(derived.auditKey.equals(auditKey)).toBe(false);
  expect(derived.sealingKeys.publicKey).not.toBe(sealingKeys.publicKey);
  expect(verificationKeyId).toMatch(/^[0-9a-f]{16}$/);
  expect(verificationKey.toString('hex')).not.toContain(verificationKeyId);
  expect(inspect(sealingKeys, { depth: 9 })).not.toContain('seed');
});
