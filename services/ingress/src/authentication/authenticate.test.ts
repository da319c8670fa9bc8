import { describe, expect, test } from 'vitest';
import {
  tenants,
  verificationKey,
  verifyKey,
  virtualKeys,
  type VirtualKeyRecord,
} from '@weir/contracts/keys/verification';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { headOf, settled, startAuthentication } from '../../test/authentication-harness.ts';
import { FakeBus } from '../../test/fake-bus.ts';
import { keyRecord, keyText, testKey, testVerificationKey } from '../../test/keys.ts';
import { freeAttempts, lookupsPerSecond } from './failed-attempts.ts';
import { maxLookups } from './key-lookups.ts';
import { VerificationKey } from './verification-key.ts';

const id = 'abcd1234';
const key = keyText(id);

async function start() {
  const started = await startAuthentication();
  const { bus } = started;
  return {
    ...started,
    /** How often the keys service was asked for a key. */
    lookups: () => bus.askedOf(verifyKey).length,
    /** What the database says. */
    database: (record: VirtualKeyRecord | null) => {
      bus.answer(verifyKey, () => ({ key: record, policies: [] }));
    },
    copyHas: (changes: Partial<VirtualKeyRecord> = {}) =>
      bus.storeOf(virtualKeys).put(id, keyRecord(id, changes)),
    copyLoses: () => bus.storeOf(virtualKeys).delete(id),
  };
}

describe('a key that the copy knows', () => {
  test('is admitted at once: without a hop, and without so much as a promise', async () => {
    const { admit, bus } = await start();
    expect(admit(headOf(testKey).head)).toMatchObject({ tenant: 'default', caller: { keyId: 'tests000' } });
    expect(bus.asked).toEqual([]);
  });

  test('says on whose behalf, and what the request may do: what one policy forbids no other allows', async () => {
    const { admit, bus, copyHas } = await start();
    const caller = { keyId: id, teamId: 't1', userId: 'u1', tags: ['batch'] };
    const access = { inlineConfigs: true, models: ['gpt-*'], configs: ['cheap*'] };
    for (const tenant of ['organisation.acme', 'team.t1', 'user.u1'])
      await bus.storeOf(tenants).put(tenant, { suspended: false });
    await copyHas({ organisation: 'acme', caller, access, config: 'bound', metadata: { plan: 'pro' } });
    expect(admit(headOf(key).head)).toEqual({
      tenant: 'acme',
      caller,
      config: 'bound',
      metadata: { plan: 'pro' },
      access: { models: [['gpt-*']] },
      configAccess: { tenantLists: [], ownList: ['cheap*'], inline: true },
    });

    const policy = { inlineConfigs: false, models: ['gpt-5*'], providers: [], customHosts: ['*'] };
    await bus.storeOf(tenants).put('organisation.acme', { suspended: false, access: policy });
    await bus
      .storeOf(tenants)
      .put('team.t1', { suspended: false, access: { inlineConfigs: true, configs: ['*'] } });
    expect(admit(headOf(key).head)).toMatchObject({
      access: { models: [['gpt-5*'], ['gpt-*']], providers: [[]], customHosts: [['*']] },
      configAccess: { tenantLists: [['*']], ownList: ['cheap*'], inline: false },
    });
  });

  test('may do what it may do from the moment on in which that is changed', async () => {
    const { admit, bus, copyHas, copyLoses, outcome } = await start();
    await copyHas();
    expect(admit(headOf(key).head)).not.toHaveProperty('config');
    await copyHas({ config: 'new' });
    expect(admit(headOf(key).head)).toHaveProperty('config', 'new');
    await copyHas({ caller: { keyId: id, teamId: 't1', userId: 'u1' } });
    const all = ['organisation.default', 'team.t1', 'user.u1'];
    for (const tenant of all) await bus.storeOf(tenants).put(tenant, { suspended: false });
    for (const tenant of all) {
      await bus.storeOf(tenants).put(tenant, { suspended: true });
      expect(await outcome(key)).toBe('invalid_api_key');
      await bus.storeOf(tenants).put(tenant, { suspended: false });
      expect(await outcome(key)).toBe('admitted');
    }
    await copyLoses();
    expect(await outcome(key)).toBe('invalid_api_key');
  });

  test.each([
    [
      'the key',
      (bus: FakeBus) => {
        bus.storeOf(virtualKeys).putRaw(id, 'garbage');
      },
    ],
    [
      'the key, which a newer version has written',
      (bus: FakeBus) => {
        bus.storeOf(virtualKeys).putRaw(id, JSON.stringify({ ...keyRecord(id), only_on: 'weekdays' }));
      },
    ],
    [
      'its organisation',
      (bus: FakeBus) => {
        bus.storeOf(tenants).putRaw('organisation.default', 'garbage');
      },
    ],
  ])(
    'is neither admitted nor called invalid while %s cannot be read; other keys are admitted',
    async (what, spoil) => {
      const { admit, bus, copyHas, outcome, lookups } = await start();
      await bus.storeOf(tenants).put('organisation.other', { suspended: false });
      await copyHas();
      await bus.storeOf(virtualKeys).put('other000', keyRecord('other000', { organisation: 'other' }));
      spoil(bus);
      expect(await outcome(key)).toBe('stored_entry_unreadable');
      expect(await outcome(`${key.slice(0, -4)}AAAA`)).toBe('stored_entry_unreadable');
      expect(admit(headOf(keyText('other000')).head)).toMatchObject({ tenant: 'other' });
      expect(lookups()).toBe(0);
      // Whoever knows no more than a key's id is not told whose it is.
      if (what === 'its organisation') {
        expect(() => admit(headOf(key).head)).toThrow(
          expect.not.objectContaining({
            message: expect.stringContaining('organisation.') as string,
          }) as Error,
        );
      }
    },
  );

  test('is for the keys service to judge while the copy lacks its organisation, team or user', async () => {
    const { admit, authenticate, bus, clock, copyHas, database, lookups, outcome } = await start();
    const caller = { keyId: id, teamId: 't1', userId: 'u1' };
    const all = ['organisation.default', 'team.t1', 'user.u1'];
    for (const tenant of all) await bus.storeOf(tenants).put(tenant, { suspended: false });
    await copyHas({ caller });
    for (const tenant of all) {
      expect(admit(headOf(key).head)).toMatchObject({ caller });
      await bus.storeOf(tenants).delete(tenant);
      const asked = lookups();
      bus.answer(verifyKey, () => ({
        key: keyRecord(id, { caller }),
        policies: [{ inlineConfigs: true, models: ['gpt-5'] }],
      }));
      expect(await authenticate(key)).toHaveProperty('access', { models: [['gpt-5']] });
      database(null);
      expect(await outcome(key)).toBe('invalid_api_key');
      expect(lookups()).toBe(asked + 2);
      clock.advance(1_001);
      await bus.storeOf(tenants).put(tenant, { suspended: false });
    }
    expect(admit(headOf(key).head)).not.toHaveProperty('access');
  });

  test('is accepted by its former secret until the grace of a rotation is over, and by the new one', async () => {
    const { clock, copyHas, outcome } = await start();
    const validUntilMs = clock.nowMs() + 60_000;
    const rotated = keyText(id, 'new');
    await copyHas({
      secrets: [
        { digest: testVerificationKey.digestOf(rotated) },
        { digest: testVerificationKey.digestOf(key), validUntilMs },
      ],
    });
    expect([await outcome(key), await outcome(rotated)]).toEqual(['admitted', 'admitted']);
    clock.advance(59_999);
    expect(await outcome(key)).toBe('admitted');
    clock.advance(1);
    expect([await outcome(key), await outcome(rotated)]).toEqual(['invalid_api_key', 'admitted']);
  });

  test('that has expired is told so, if its secret is right', async () => {
    const { clock, copyHas, outcome } = await start();
    await copyHas({ expiresAtMs: clock.nowMs() + 1_000 });
    clock.advance(999);
    expect(await outcome(key)).toBe('admitted');
    clock.advance(1);
    expect(await outcome(key)).toBe('expired_api_key');
    expect(await outcome(keyText(id, 'wrong'))).toBe('invalid_api_key');
  });

  test('is admitted from its addresses only, however they are written', async () => {
    const { copyHas, outcome } = await start();
    await copyHas({ addresses: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32', 'nonsense', '10.0.0.0/99'] });
    for (const ip of ['203.0.113.7', '10.1.2.3', '::ffff:10.1.2.3', '2001:db8:1::5%eth0']) {
      expect(await outcome(key, ip)).toBe('admitted');
    }
    for (const ip of ['203.0.113.8', '11.0.0.1', '2001:db9::1', '::1', 'unknown', '']) {
      expect(await outcome(key, ip)).toBe('address_not_allowed');
    }
    await copyHas({ addresses: [] });
    expect(await outcome(key, '203.0.113.7')).toBe('address_not_allowed');
  });
});

describe('a key that the copy does not know', () => {
  test('is asked of the keys service, by one hop for all who ask at once, and is remembered by none of them', async () => {
    const { authenticate, database, lookups } = await start();
    database(keyRecord(id, { organisation: 'acme' }));
    const all = await Promise.all(Array.from({ length: 50 }, () => authenticate(key)));
    expect(new Set(all.map(({ tenant }) => tenant))).toEqual(new Set(['acme']));
    expect(lookups()).toBe(1);
    database(null);
    await expect(authenticate(key)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  test('is not asked for again within a second, and admitted within it as soon as the copy has it', async () => {
    const { clock, copyHas, lookups, outcome } = await start();
    expect([await outcome(key), await outcome(key)]).toEqual(['invalid_api_key', 'invalid_api_key']);
    expect(lookups()).toBe(1);
    clock.advance(1_001);
    expect(await outcome(key)).toBe('invalid_api_key');
    expect(lookups()).toBe(2);
    await copyHas();
    expect(await outcome(key)).toBe('admitted');
  });

  test('is a 503 while nobody can say, and then what it is', async () => {
    const { bus, database, outcome } = await start();
    const failures = [
      'service_unavailable',
      'bus_disconnected',
      'overloaded',
      'deadline_exceeded',
      'internal_error',
    ];
    for (const code of failures as ['service_unavailable']) {
      bus.answer(verifyKey, () => {
        throw new Fault(code);
      });
      const expected = failures.indexOf(code) < 3 ? code : 'service_unavailable';
      expect(await outcome(key)).toBe(expected);
      expect(await outcome(testKey)).toBe('admitted');
    }
    database(keyRecord(id));
    expect(await outcome(key)).toBe('admitted');
  });

  test('is a 503 where too many others are being looked up, which known keys do not notice', async () => {
    const { authenticate, bus } = await start();
    const { promise, resolve } = Promise.withResolvers<{ key: null; policies: [] }>();
    bus.answer(verifyKey, () => promise);
    const ids = Array.from({ length: maxLookups }, (_, n) => `id${String(n).padStart(6, '0')}`);
    const waiting = ids.map((one, n) => authenticate(keyText(one), `198.51.100.${n}`).catch(() => 'refused'));
    await expect(authenticate(key)).rejects.toMatchObject({ code: 'overloaded' });
    await expect(authenticate(testKey)).resolves.toBeDefined();
    resolve({ key: null, policies: [] });
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['refused']));
    await expect(authenticate(key)).rejects.toMatchObject({ code: 'invalid_api_key' });
  });

  test('is waited for less than the second in which a change has to hold', async () => {
    const { bus, clock, outcome } = await start();
    await outcome(key);
    const deadlineAtMs = bus.asked[0]?.envelope.deadlineAtMs ?? Infinity;
    expect(deadlineAtMs - clock.nowMs()).toBeLessThan(1_000);
  });
});

describe('a secret that the copy does not know', () => {
  test('is asked for too, as the copy may be behind', async () => {
    const { copyHas, database, outcome } = await start();
    await copyHas();
    const rotated = keyText(id, 'new');
    database(keyRecord(id, { secrets: [{ digest: testVerificationKey.digestOf(rotated) }] }));
    expect(await outcome(rotated)).toBe('admitted');
  });

  test('is asked for once a second where the keys service knows no more, whatever the secret', async () => {
    const { clock, copyHas, database, lookups, outcome } = await start();
    await copyHas();
    database(keyRecord(id));
    for (const wrong of ['a', 'b', 'c']) expect(await outcome(keyText(id, wrong))).toBe('invalid_api_key');
    expect(lookups()).toBe(1);
    clock.advance(1_001);
    await outcome(keyText(id, 'd'));
    expect(lookups()).toBe(2);
    expect(await outcome(key)).toBe('admitted');
  });
});

describe('a wrong secret under an id', () => {
  const wrong = keyText(id, 'wrong');

  test('does not make the right one fail while the copy cannot be believed', async () => {
    const { bus, clock, copyHas, database, outcome } = await start();
    await copyHas();
    bus.storeOf(virtualKeys).isCurrent = false;
    clock.advance(2_501);
    database(keyRecord(id));
    for (const ip of ['203.0.113.7', '198.51.100.1']) {
      expect(await outcome(wrong)).toBe('invalid_api_key');
      expect(await outcome(key, ip)).toBe('admitted');
    }
  });

  test('does not make the right one fail of a key that the copy does not have yet', async () => {
    const { database, outcome } = await start();
    database(keyRecord(id));
    expect([await outcome(wrong), await outcome(key)]).toEqual(['invalid_api_key', 'admitted']);
    expect([await outcome(wrong), await outcome(key)]).toEqual(['invalid_api_key', 'admitted']);
  });

  test('does not make the right one fail that is asked for at the same time', async () => {
    const { authenticate, database, lookups } = await start();
    database(keyRecord(id));
    const both = await Promise.allSettled([authenticate(wrong), authenticate(key)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(lookups()).toBe(1);
  });
});

describe('a change while a lookup is on its way', () => {
  async function lookUpWhile(
    change: (at: Awaited<ReturnType<typeof start>>) => Promise<unknown>,
    copied = false,
  ) {
    const at = await start();
    if (copied) await at.copyHas({ secrets: [] });
    const answer = Promise.withResolvers<{ key: VirtualKeyRecord; policies: [] }>();
    at.bus.answer(verifyKey, () => answer.promise);
    const outcome = at.authenticate(key).then(
      ({ config }) => config,
      (thrown: unknown) => Fault.from(thrown).code,
    );
    await settled();
    await change(at);
    answer.resolve({ key: keyRecord(id, { config: 'old' }), policies: [] });
    return { ...at, result: await outcome };
  }

  test('a key that was revoked meanwhile is refused: what was read before is not used', async () => {
    const { result, outcome } = await lookUpWhile(async ({ copyLoses, database }) => {
      database(null);
      await copyLoses();
    }, true);
    expect(result).toBe('invalid_api_key');
    expect(await outcome(key)).toBe('invalid_api_key');
  });

  test('a key that was changed meanwhile is what it is now', async () => {
    const { authenticate, result } = await lookUpWhile(({ copyHas }) => copyHas({ config: 'new' }));
    expect(result).toBe('new');
    expect(await authenticate(key)).toHaveProperty('config', 'new');
  });

  test('a key that was made meanwhile is not forgotten again for a second', async () => {
    const at = await start();
    const answer = Promise.withResolvers<{ key: null; policies: [] }>();
    at.bus.answer(verifyKey, () => answer.promise);
    const first = at.authenticate(key);
    await settled();
    await at.copyHas();
    answer.resolve({ key: null, policies: [] });
    await expect(first).resolves.toBeDefined();
    expect(at.admit(headOf(key).head)).toMatchObject({ caller: { keyId: id } });
  });
});

describe('copies that do not follow their buckets any more', () => {
  test.each([virtualKeys, tenants])(
    '$name: are believed for two seconds more, and not longer',
    async (bucket) => {
      const { bus, clock, database, lookups, outcome } = await start();
      clock.advance(60_000);
      bus.storeOf(bucket as typeof tenants).isCurrent = false;
      clock.advance(2_000);
      expect(await outcome(testKey)).toBe('admitted');
      expect(lookups()).toBe(0);
      clock.advance(1);
      database(null);
      expect(await outcome(testKey)).toBe('invalid_api_key');
      expect(lookups()).toBe(1);
      bus.storeOf(bucket as typeof tenants).isCurrent = true;
      expect(await outcome(testKey)).toBe('admitted');
    },
  );

  test('each verification is a hop then, and a 503 where there is nobody', async () => {
    const { bus, clock, database, lookups, outcome } = await start();
    bus.storeOf(virtualKeys).isCurrent = false;
    clock.advance(2_501);
    database(keyRecord('tests000'));
    expect([await outcome(testKey), await outcome(testKey)]).toEqual(['admitted', 'admitted']);
    expect(lookups()).toBe(2);
    bus.connected = false;
    expect(await outcome(testKey)).toBe('bus_disconnected');
  });
});

describe('the verification key', () => {
  const newer = new VerificationKey('vk-2', Buffer.alloc(32, 9));
  const ofNewer = { secrets: [{ digest: newer.digestOf(key) }], verificationKeyId: newer.id };

  test('is asked for again where a key names another, and no more than once a second', async () => {
    const { bus, clock, copyHas, database, outcome } = await start();
    clock.advance(1_000);
    let asked = 0;
    bus.answer(verificationKey, ({ publicKey }) => {
      asked++;
      return { id: newer.id, sealedKey: seal(Buffer.alloc(32, 9).toString('base64url'), publicKey) };
    });
    await copyHas(ofNewer);
    database(keyRecord(id, ofNewer));
    expect(await outcome(key)).toBe('admitted');
    expect(await outcome(key)).toBe('admitted');
    database(keyRecord(id, { verificationKeyId: 'vk-0' }));
    await copyHas({ verificationKeyId: 'vk-0' });
    expect([await outcome(key), await outcome(key)]).toEqual(['invalid_api_key', 'invalid_api_key']);
    expect(asked).toBe(1);
  });

  test('is asked for until it is told; meanwhile a key is a 503, what has not the form of one a 401', async () => {
    const bus = new FakeBus();
    bus.hasKeys = false;
    const { clock, missing, outcome } = await startAuthentication({ bus });
    expect(missing()).toEqual(['the verification key, which the keys service has']);
    expect(await outcome(testKey)).toBe('service_unavailable');
    for (let n = 0; n <= freeAttempts; n++) expect(await outcome('sk-something')).toBe('invalid_api_key');
    // Not even from where so many wrong ones come a valid one is taken for a wrong one.
    expect(await outcome(testKey)).toBe('service_unavailable');
    bus.hasKeys = true;
    await clock.advanceAsync(2_000);
    expect(missing()).toEqual([]);
    expect(await outcome(testKey)).toBe('admitted');
  });
});

describe('guessing', () => {
  /** What comes of keys that nobody knows, all at once; `from` makes them others each time. */
  async function guess({ clock, authenticate }: Awaited<ReturnType<typeof start>>, count: number, from = 0) {
    const guesses = Array.from({ length: count }, (_, n) =>
      authenticate(keyText(`id${String(from + n).padStart(6, '0')}`)).catch((thrown: unknown) => {
        const { code, details } = Fault.from(thrown);
        return { code, ...details };
      }),
    );
    await clock.advanceAsync(5_000);
    return Promise.all(guesses);
  }
  const refusedUnasked = { code: 'too_many_failed_attempts', retryAfterMs: 1_000 };
  const refused = { code: 'invalid_api_key' };
  const times = (count: number, what: object) => Array.from({ length: count }, () => what);

  test('from an address with more failures than are free is looked up a few times a second, and else a 429', async () => {
    const started = await start();
    const { lookups, outcome } = started;
    await guess(started, freeAttempts + 1);
    for (let round = 1; round <= 3; round++) {
      const before = lookups();
      expect(await guess(started, 20, round * 100)).toEqual([
        ...times(lookupsPerSecond, refused),
        ...times(20 - lookupsPerSecond, refusedUnasked),
      ]);
      expect(lookups()).toBe(before + lookupsPerSecond);
    }
    expect(await outcome(keyText('other000'), '198.51.100.1')).toBe('invalid_api_key');
  });

  test('does not make a key fail that was just made, from the same address: it is admitted, or a 429', async () => {
    const started = await start();
    const { clock, database, outcome } = started;
    await guess(started, freeAttempts + 1);
    database(keyRecord(id));
    expect(await outcome(key)).toBe('admitted');
    for (let n = 1; n < lookupsPerSecond; n++) expect(await outcome(key)).toBe('admitted');
    expect(await outcome(key)).toBe('too_many_failed_attempts');
    clock.advance(1_001);
    expect(await outcome(key)).toBe('admitted');
  });

  test('a wrong secret of a key that the copy knows is a 401, however many come', async () => {
    const { copyHas, lookups, outcome } = await start();
    await copyHas();
    for (let n = 0; n < 20; n++) expect(await outcome(keyText(id, `wrong${n}`))).toBe('invalid_api_key');
    expect(lookups()).toBeLessThanOrEqual(freeAttempts + 1);
  });

  test('locks nobody out: the owner is admitted at once, from the same address and under the same id', async () => {
    const { admit, clock, copyHas, outcome } = await start();
    await copyHas();
    for (let n = 0; n < 50; n++) await outcome(keyText(id, `wrong${n}`));
    const waiting = clock.waiting;
    expect(admit(headOf(key).head)).toMatchObject({ caller: { keyId: id } });
    expect(clock.waiting).toBe(waiting);
  });

  test('while the copies cannot be believed is a 429 where nobody was asked, but the owner is asked for', async () => {
    const { authenticate, bus, clock, copyHas, database, outcome } = await start();
    await copyHas();
    for (let n = 0; n <= freeAttempts; n++) await outcome(keyText(id, `wrong${n}`));
    bus.storeOf(virtualKeys).isCurrent = false;
    clock.advance(2_501);
    database(keyRecord(id));
    const other = ['a', 'b', 'c', 'd', 'e'].map((secret) => authenticate(keyText('other000', secret)));
    const asked = Promise.allSettled(other);
    expect(other).toHaveLength(lookupsPerSecond);
    for (const unasked of [keyText(id, 'wrong'), keyText('other000')])
      await expect(authenticate(unasked)).rejects.toMatchObject({ code: 'too_many_failed_attempts' });
    await expect(authenticate(key)).resolves.toBeDefined();
    await clock.advanceAsync(5_000);
    expect((await asked).map(({ status }) => status)).not.toContain('fulfilled');
  });
});
