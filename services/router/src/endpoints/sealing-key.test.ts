import { routerSealingKey } from '@weir/contracts/sealing-key';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { openSealed, seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { createSealingKey } from './sealing-key.ts';

test('what is sealed to the answer of one replica is opened by another', async () => {
  const masterKey = Buffer.alloc(32, 7);
  const [one, other] = [0, 1].map(() => sealingKeysOf(new MasterKeys([masterKey])));
  if (!one || !other) throw new Error('there are two');
  const signal = new AbortController().signal;
  const answer = createSealingKey(one)({ data: {}, envelope: testEnvelope(), signal });
  const { publicKey } = routerSealingKey.reply.parse(await answer);
  expect(openSealed(seal('{}', publicKey), other)).toBe('{}');
});
