import { isMaskedKey } from '@weir/contracts/keys/masked-key';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installationOf } from './installation.ts';
import { wrapWithMasterKeys } from './key-wrapper.ts';
import { openSealedRealKey, shownOf, UnreadableRealKey, unwrapRealKey, wrapRealKey } from './real-key.ts';

const wrapper = wrapWithMasterKeys(new MasterKeys([Buffer.alloc(32, 1)]));
const { sealingKeys } = installationOf(Buffer.alloc(32, 2));
const realKey = fc.stringMatching(/^[\x21-\x7e]{1,200}$/).filter((key) => !isMaskedKey(key));

test('a real key comes back from its own credential alone', async () => {
  await fc.assert(
    fc.asyncProperty(realKey, fc.uuid(), fc.uuid(), async (key, id, other) => {
      const { keyId, token } = await wrapRealKey(wrapper, { id, key });
      expect(keyId).toBe(wrapper.keyId);
      expect(token).not.toContain(key.length > 8 ? key : '\n');
      expect(await unwrapRealKey(wrapper, { id, token })).toBe(key);
      if (other === id) return;
      await expect(unwrapRealKey(wrapper, { id: other, token })).rejects.toMatchObject({
        reason: 'other_credential',
      });
    }),
  );
});

test('what cannot be read says why, and neither the token nor the key', async () => {
  const others = wrapWithMasterKeys(new MasterKeys([Buffer.alloc(32, 9)]));
  const strange = await wrapRealKey(others, { id: 'c1', key: 'sk-canary-canary' });
  const plain = await wrapper.wrap('sk-canary-canary');
  for (const [token, reason] of [
    [strange.token, 'master_key'],
    ['sk-canary-canary', 'master_key'],
    [plain.token, 'other_credential'],
  ]) {
    const thrown: unknown = await unwrapRealKey(wrapper, { id: 'c1', token: token ?? '' }).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(UnreadableRealKey);
    expect(thrown).toMatchObject({ reason });
    expect(String(thrown)).not.toMatch(/canary|gAAAAA/);
  }
});

test('what an admin seals is taken where a header can carry it, and is refused without being repeated', () => {
  const open = (value: unknown) =>
    openSealedRealKey(seal(JSON.stringify(value), sealingKeys.publicKey), sealingKeys);
  fc.assert(
    fc.property(realKey, (key) => {
      expect(open(key)).toBe(key);
    }),
    { numRuns: 20 },
  );
  for (const wrong of [
    '',
    'sk canary',
    'sk-canary\n',
    'sk-canäry',
    'canary'.repeat(800),
    1,
    null,
    ['canary'],
  ]) {
    const thrown = (() => {
      try {
        return open(wrong);
      } catch (error) {
        return Fault.from(error);
      }
    })();
    expect(thrown).toMatchObject({ code: 'invalid_request', details: { param: 'api_key' } });
    expect(String(thrown)).not.toContain('canary');
  }
});

test('a short key is not given away by its end', () => {
  expect(['', 'a', '1234567', '12345678'].map(shownOf)).toEqual(['****', '****', '****', '5678']);
});
