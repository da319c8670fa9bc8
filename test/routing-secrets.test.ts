import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAdmin } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { openFleet, type Fleet } from './helpers/fleet.ts';
import { readStream, recordBus } from './helpers/raw-nats.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());

const settings = () => ({ OPENAI_API_KEY: 'sk-operator', OPENAI_BASE_URL: provider.openaiBaseUrl });

/** Asked with a key of the config's own. */
const configWith = (apiKey: string) => ({ provider: 'openai', api_key: apiKey });

const keysUsed = () => provider.requests.map(({ headers }) => headers.authorization);

describe('with the permissions of production', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ routers: [settings()] });
  });
  afterAll(() => fleet.close());

  test("a stored config's key is used, and is in no answer, in no log and not in the bucket", async () => {
    const key = 'sk-canary-stored-in-a-config';
    const answers = [
      await askAdmin(fleet.url, 'PUT', '/configs/keyed', { body: configWith(key) }),
      await askAdmin(fleet.url, 'GET', '/configs/keyed'),
      await askAdmin(fleet.url, 'GET', '/configs'),
      await askAdmin(fleet.url, 'GET', '/configs/keyed/revisions'),
      await askAdmin(fleet.url, 'POST', '/dry-run/routing', {
        body: { config: 'keyed', request: { model: 'm' } },
      }),
      await askAdmin(fleet.url, 'GET', '/status'),
    ];
    const chat = await ask(fleet.baseUrl, { model: 'm', config: 'keyed' });
    expect(chat.status).toBe(200);
    expect(keysUsed()).toContain(`Bearer ${key}`);

    expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(200));
    expect(answers[1]?.json()).toMatchObject({ config: { api_key: '****nfig' } });
    const stored = await readStream(fleet.nats, 'KV_weir-routing-configs');
    expect(stored).toHaveLength(1);
    expect(stored[0]).toContain('"provider":"openai"');
    for (const text of [chat.raw, ...answers.map(({ text }) => text), ...fleet.log(), ...stored]) {
      expect(text).not.toContain('canary');
    }
  });

  test('a config that was read can be written again, and its masked key stays what it was', async () => {
    const key = 'sk-canary-that-stays';
    await askAdmin(fleet.url, 'PUT', '/configs/edited', { body: configWith(key) });
    const body = { provider: 'openai', api_key: '****tays', retry: { attempts: 1 } };
    expect((await askAdmin(fleet.url, 'PUT', '/configs/edited', { body })).status).toBe(200);
    expect((await ask(fleet.baseUrl, { model: 'm', config: 'edited' })).status).toBe(200);
    expect(keysUsed().at(-1)).toBe(`Bearer ${key}`);
  });
});

test("an inline config's key is used, and is in no message on the bus", async () => {
  const fleet = await openFleet({ routers: [settings()], nats: 'open' });
  const bus = await recordBus(fleet.nats);
  try {
    const key = 'sk-canary-inline-in-a-header';
    const seen = await ask(fleet.baseUrl, { model: 'inline', config: configWith(key) });
    expect(seen.status).toBe(200);
    expect(keysUsed().at(-1)).toBe(`Bearer ${key}`);
    const body = configWith('sk-canary-inline-in-a-body');
    expect((await askAdmin(fleet.url, 'PUT', '/configs/written', { body })).status).toBe(200);

    const subjects = bus.heard.map((message) => message.split('\n', 1)[0]);
    expect(subjects).toEqual(
      expect.arrayContaining([
        'weir.v1.router.complete',
        'weir.v1.usage.attempted',
        'weir.v1.router.write-config',
        '$KV.weir-routing-configs.written',
      ]),
    );
    for (const text of [...bus.heard, ...fleet.log()]) {
      expect(text).not.toContain('canary');
    }
  } finally {
    await bus.stop();
    await fleet.close();
  }
});
