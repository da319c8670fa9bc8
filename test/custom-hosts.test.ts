import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { askAdmin } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { openFleet, type Fleet } from './helpers/fleet.ts';

let host: FakeProvider;
beforeAll(async () => {
  host = await startFakeProvider();
});
afterAll(() => host.close());
afterEach(() => {
  host.reset();
});

const operator = { OPENAI_API_KEY: 'sk-operator', OPENAI_BASE_URL: 'https://api.openai.com/v1' };

const targetAt = (customHost: string) => ({
  provider: 'openai',
  custom_host: customHost,
  api_key: 'sk-own',
});

const inFallback = (customHost: string) => ({
  strategy: { mode: 'fallback' },
  targets: [{ provider: 'openai' }, targetAt(customHost)],
});

describe('a host that nobody has allowed', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ routers: [operator] });
  });
  afterAll(() => fleet.close());

  test.each([
    ['a loopback address', () => host.openaiBaseUrl],
    ['a name of this machine', () => 'https://localhost/v1'],
    ['the metadata service', () => 'http://169.254.169.254/'],
    ['the metadata service by https', () => 'https://169.254.169.254/'],
    ['a private address', () => 'https://10.0.0.1/v1'],
    ['a loopback address in IPv6', () => 'https://[::1]/v1'],
    ['a loopback address in disguise', () => 'https://2130706433/v1'],
    ['a file', () => 'file:///etc/passwd'],
  ])('that is %s is refused before anybody is asked, by the path of it', async (_name, url) => {
    const config = inFallback(url());
    const seen = await ask(fleet.baseUrl, { model: 'm', config });
    expect(seen).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(invalid_config|host_not_allowed)$/) as string,
    });
    expect(seen.raw).toContain('targets[1].custom_host');
    const written = await askAdmin(fleet.url, 'PUT', '/configs/host', { body: config });
    expect(written.status).toBe(400);
    expect(written.json()).toMatchObject({ error: { param: 'targets[1].custom_host' } });
    expect(host.requests).toEqual([]);
  });
});

test('a host that the operator has allowed is asked, with the key of the config and no other', async () => {
  const fleet = await openFleet({
    routers: [{ ...operator, WEIR_ALLOWED_HOSTS: `127.0.0.1:${host.port}` }],
  });
  try {
    const seen = await ask(fleet.baseUrl, { model: 'm', config: targetAt(host.openaiBaseUrl) });
    expect(seen.status).toBe(200);
    const elsewhere = await ask(fleet.baseUrl, { model: 'm', config: targetAt('http://127.0.0.1:1/v1') });
    expect(elsewhere.status).toBe(400);
    expect(host.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-own']);
  } finally {
    await fleet.close();
  }
});
