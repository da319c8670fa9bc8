import { describe, expect, test } from 'vitest';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { openSealed } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { FakeBus } from '../../test/fake-bus.ts';
import { newKeys, oldKeys } from '../../test/sealing-keys.ts';
import { SealedConfigs } from './sealed-configs.ts';
import { SealingKeyClient } from './sealing-keys.ts';

const config = '{"provider":"openai","api_key":"sk-secret"}';
const envelope = testEnvelope();

function setUp() {
  const bus = new FakeBus();
  const clock = new FakeClock();
  bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  return { bus, clock, configs: new SealedConfigs(new SealingKeyClient({ bus, clock, service: 'router' })) };
}

describe('a sealed config', () => {
  test('is for the routers only', async () => {
    const { configs } = setUp();
    const token = await configs.seal(config, envelope);
    expect(token).not.toContain('secret');
    expect(openSealed(token, oldKeys)).toBe(config);
  });

  test('is the same bytes each time, so that the routers know it again', async () => {
    const { configs } = setUp();
    const token = await configs.seal(config, envelope);
    expect(await configs.seal(config, envelope)).toBe(token);
    expect(await configs.seal(`${config} `, envelope)).not.toBe(token);
  });

  test('is forgotten when 256 others have come since', async () => {
    const { configs } = setUp();
    const token = await configs.seal(config, envelope);
    for (let other = 0; other < 256; other++) await configs.seal(`{"n":${other}}`, envelope);
    expect(await configs.seal(config, envelope)).not.toBe(token);
  });

  test('that the routers could not open is sealed to their new key', async () => {
    const { bus, configs } = setUp();
    await configs.seal(config, envelope);
    bus.answer(routerSealingKey, () => ({ publicKey: newKeys.publicKey }));
    const token = await configs.reseal(config, envelope);
    expect(openSealed(token, newKeys)).toBe(config);
    expect(await configs.seal(config, envelope)).toBe(token);
  });

  test('of 32 KiB fits into an envelope', async () => {
    const { configs } = setUp();
    const token = await configs.seal('x'.repeat(32 * 1024), envelope);
    expect(token.length).toBeLessThanOrEqual(64_000);
  });
});

describe('the routers are asked for their key', () => {
  test('once, however many requests need it, and not by the deadline of one of them', async () => {
    const { bus, clock, configs } = setUp();
    await Promise.all(['{}', config, config].map((text) => configs.seal(text, envelope)));
    await configs.seal('{"a":1}', envelope);
    expect(bus.asked.map(({ endpoint }) => endpoint)).toEqual(['router.sealing-key']);
    expect(bus.asked[0]?.envelope).toEqual({
      ...envelope,
      deadlineAtMs: clock.nowMs() + routerSealingKey.timeoutMs,
    });
  });

  test('again after a minute, while requests go on with the key at hand', async () => {
    const { bus, clock, configs } = setUp();
    const token = await configs.seal(config, envelope);
    bus.answer(routerSealingKey, () => ({ publicKey: newKeys.publicKey }));

    clock.advance(59_999);
    expect(await configs.seal(config, envelope)).toBe(token);
    expect(bus.asked).toHaveLength(1);

    clock.advance(1);
    expect(await configs.seal(config, envelope)).toBe(token);
    expect(bus.asked).toHaveLength(2);
    await expect.poll(async () => configs.seal(config, envelope)).not.toBe(token);
    expect(openSealed(await configs.seal(config, envelope), newKeys)).toBe(config);
  });

  test('again by the next request where they did not answer', async () => {
    const { bus, configs } = setUp();
    bus.hasRouter = false;
    await expect(configs.seal(config, envelope)).rejects.toEqual(new Fault('service_unavailable'));
    bus.hasRouter = true;
    expect(openSealed(await configs.seal(config, envelope), oldKeys)).toBe(config);
  });

  test('in vain, and those who know the key do not notice', async () => {
    const { bus, clock, configs } = setUp();
    const token = await configs.seal(config, envelope);
    bus.hasRouter = false;
    clock.advance(60_000);
    expect(await configs.seal(config, envelope)).toBe(token);
    expect(await configs.seal(config, envelope)).toBe(token);
    expect(bus.asked).toHaveLength(2);
  });
});
