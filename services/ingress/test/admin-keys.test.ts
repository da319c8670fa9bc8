import { beforeEach, describe, expect, test } from 'vitest';
import { createKey, importKeys } from '@weir/contracts/admin/virtual-keys';
import { listCredentials, listStoredCredentials } from '@weir/contracts/admin/credentials';
import { changeMade } from '@weir/contracts/audit-events';
import { environmentCredentials } from '@weir/contracts/keys/credentials';
import { adminKeys, verifyAdminKey, type AdminKeyRecord } from '@weir/contracts/keys/verification';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { adminKey, askAdmin, startAdmin, type AdminQuestion } from './admin-harness.ts';
import type { Ingress } from './harness.ts';
import { adminKeyRecord, adminKeyText, testVerificationKey } from './keys.ts';
import { oldKeys } from './sealing-keys.ts';

const id = 'admin001';
const key = adminKeyText(id);

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin();
});

const ask = (method: string, path: string, { headers, ...question }: AdminQuestion = {}) =>
  askAdmin(ingress, method, path, { headers: { authorization: `Bearer ${key}`, ...headers }, ...question });

const copyHas = (changes: Partial<AdminKeyRecord> = {}) =>
  ingress.bus.storeOf(adminKeys).put(id, adminKeyRecord(id, changes));

async function codeOf(asked: Promise<Response>): Promise<[status: number, code: unknown]> {
  const response = await asked;
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

describe('an admin key', () => {
  test('is known by the copy, for as long as it is there', async () => {
    await copyHas();
    expect((await ask('GET', '/configs/cheap')).status).toBe(200);
    expect(ingress.bus.askedOf(verifyAdminKey)).toEqual([]);
    await ingress.bus.storeOf(adminKeys).delete(id);
    expect(await codeOf(ask('GET', '/configs/cheap'))).toEqual([401, 'invalid_admin_key']);
  });

  test('that the copy does not know is asked for, and a 503 where nobody can say', async () => {
    ingress.bus.answer(verifyAdminKey, ({ keyId }) => ({ key: adminKeyRecord(keyId) }));
    expect((await ask('GET', '/configs/cheap')).status).toBe(200);
    ingress.bus.answer(verifyAdminKey, () => {
      throw new Fault('service_unavailable');
    });
    expect(await codeOf(ask('GET', '/configs/cheap'))).toEqual([503, 'service_unavailable']);
    // The operator's own needs nobody.
    expect((await askAdmin(ingress, 'GET', '/configs/cheap')).status).toBe(200);
  });

  test('that has expired is told so', async () => {
    await copyHas({ expiresAtMs: Date.now() - 1 });
    expect(await codeOf(ask('GET', '/configs/cheap'))).toEqual([401, 'expired_api_key']);
    const authorization = `Bearer ${adminKeyText(id, 'wrong')}`;
    expect(await codeOf(ask('GET', '/configs/cheap', { headers: { authorization } }))).toEqual([
      401,
      'invalid_admin_key',
    ]);
  });

  test('with a scope that an older ingress does not know is a key without that scope', async () => {
    await copyHas({ scopes: ['everything', 'configs'] });
    expect((await ask('GET', '/configs/cheap')).status).toBe(200);
    expect(await codeOf(ask('GET', '/keys'))).toEqual([403, 'insufficient_scope']);
  });

  test('of one organisation acts in its name, and what it may not do is told the audit log', async () => {
    await copyHas({ organisation: 'acme', scopes: ['owner'] });
    await ask('GET', '/keys');
    expect(ingress.bus.asked).toMatchObject([
      {
        envelope: {
          tenant: 'acme',
          actor: {
            id,
            organisation: 'acme',
            address: '127.0.0.1',
            sealingKey: expect.stringMatching(/^X/) as string,
          },
        },
      },
    ]);
    expect(await codeOf(ask('GET', '/configs'))).toEqual([403, 'insufficient_scope']);
    expect(ingress.bus.published).toMatchObject([
      {
        name: changeMade.name,
        data: {
          action: 'denied',
          organisation: 'acme',
          actor: { id, organisation: 'acme', address: '127.0.0.1' },
        },
      },
    ]);
    expect(JSON.stringify(ingress.bus.published)).not.toContain(key);
  });

  test('that is guessed is slowed down, and the right one is not', async () => {
    const waiting: (() => void)[] = [];
    const after: Clock['after'] = (_delayMs, task) => {
      waiting.push(task);
      return () => undefined;
    };
    ingress = await startAdmin({ clock: { ...systemClock, after } });
    await copyHas();
    const authorization = `Bearer ${adminKeyText(id, 'wrong')}`;
    const guess = () => codeOf(ask('GET', '/status', { headers: { authorization } }));
    for (let n = 0; n < 5; n++) expect(await guess()).toEqual([401, 'invalid_admin_key']);
    const slow = guess();
    await expect.poll(() => waiting).toHaveLength(1);
    expect((await ask('GET', '/configs/cheap')).status).toBe(200);
    expect((await askAdmin(ingress, 'GET', '/configs/cheap')).status).toBe(200);
    waiting[0]?.();
    expect(await slow).toEqual([401, 'invalid_admin_key']);
    expect(waiting).toHaveLength(1);
  });
});

describe('a secret in a reply', () => {
  const virtualKey = {
    ...{ id: 'abcd1234', organisation_id: 'default', name: 'search', team_id: null, user_id: null },
    ...{ allowed_models: null, allowed_providers: null, allowed_configs: [], inline_configs: false },
    ...{
      custom_hosts: [],
      config: null,
      guardrail_policy: null,
      cache: null,
      allowed_addresses: null,
      metadata: {},
    },
    ...{ tags: [], expires_at: null, prefix: 'sk-weir-abcd1234', status: 'active', secrets: [] },
    ...{ budget_scopes: [], revision: 3, created_at: '', updated_at: '', revoked_at: null },
  };

  test('crosses the bus sealed to this process, and is open in the answer', async () => {
    let onTheBus = '';
    ingress.bus.answer(createKey, (_data, { actor }) => {
      const reply = { ...virtualKey, key: seal('sk-weir-canary', actor?.sealingKey ?? '') };
      onTheBus = JSON.stringify(reply);
      return reply;
    });
    const response = await askAdmin(ingress, 'POST', '/keys', { body: { name: 'search' } });
    expect(await response.json()).toEqual({ ...virtualKey, key: 'sk-weir-canary' });
    expect(response.headers.get('etag')).toBe('"3"');
    expect(onTheBus).not.toContain('canary');
  });

  test('is open in each item of a list, and stays empty where there is none', async () => {
    ingress.bus.answer(importKeys, (_data, { actor }) => ({
      dry_run: false,
      errors: [],
      data: ['one', 'two', ''].map((secret, line) => ({
        line: line + 1,
        id: 'abcd1234',
        name: 'n',
        key: secret && seal(secret, actor?.sealingKey ?? ''),
      })),
    }));
    const body = { format: 'csv', content: 'name' };
    const response = await askAdmin(ingress, 'POST', '/keys/import', { body });
    const { data } = (await response.json()) as { data: { key: string }[] };
    expect(data.map((item) => item.key)).toEqual(['one', 'two', '']);
  });

  test('that is not sealed, or for another, goes no further', async () => {
    for (const text of ['sk-weir-canary', seal('sk-weir-canary', oldKeys.publicKey)]) {
      ingress.bus.answer(createKey, () => ({ ...virtualKey, key: text }));
      const response = await askAdmin(ingress, 'POST', '/keys', { body: { name: 'search' } });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('canary');
    }
  });
});

describe("the providers' credentials", () => {
  const environment = ['ANTHROPIC_API_KEY', 'MISTRAL_API_KEY', 'OPENAI_API_KEY'].map((variable) => ({
    provider: variable.split('_')[0]?.toLowerCase() ?? '',
    variable,
    last_four: '1234',
  }));
  const stored = ['c1', 'c2', 'c3'].map((credentialId) => ({
    ...{ id: credentialId, name: credentialId, provider: 'openai', organisation_id: null, enabled: true },
    ...{ last_four: '5678', created_at: '', updated_at: '', revision: 1 },
  }));

  beforeEach(() => {
    // The routers list them in any order.
    ingress.bus.answer(environmentCredentials, () => ({ data: environment.toReversed() }));
    ingress.bus.answer(listStoredCredentials, ({ after, limit }) => {
      const begin = after === undefined ? 0 : stored.findIndex((one) => one.id === after) + 1;
      const data = stored.slice(begin, begin + limit);
      const hasMore = begin + limit < stored.length;
      return { data, has_more: hasMore, next: hasMore ? (data.at(-1)?.id ?? null) : null };
    });
  });

  const nameOf = (one: { source: string; id?: string; variable?: string | null }) => one.id ?? one.variable;

  /** All pages of a list. */
  async function pagesOf(limit: number): Promise<unknown[][]> {
    const pages: unknown[][] = [];
    let after = '';
    for (;;) {
      const response = await askAdmin(ingress, 'GET', `/credentials?limit=${limit}${after}`);
      const page = listCredentials.reply.parse(await response.json());
      pages.push(page.data.map(nameOf));
      expect(page.has_more).toBe(page.next !== null);
      if (page.next === null) return pages;
      after = `&after=${page.next}`;
    }
  }

  test.each([1, 2, 3, 4, 5, 6, 50])(
    'are listed %i at a time: the environment first, and none twice',
    async (limit) => {
      const pages = await pagesOf(limit);
      expect(pages.flat()).toEqual([...environment.map(({ variable }) => variable), 'c1', 'c2', 'c3']);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.at(-1)).not.toEqual([]);
    },
  );

  test('say where they come from', async () => {
    const response = await askAdmin(ingress, 'GET', '/credentials?provider=openai');
    const { data } = (await response.json()) as { data: object[] };
    expect(data[0]).toEqual({
      source: 'environment',
      provider: 'openai',
      variable: 'OPENAI_API_KEY',
      last_four: '1234',
    });
    expect(data[1]).toEqual({ source: 'stored', ...stored[0] });
    expect(ingress.bus.askedOf(listStoredCredentials)).toEqual([{ limit: 49, provider: 'openai' }]);
  });

  test('of the environment are not shown to a key of one organisation, nor when one is asked for', async () => {
    await copyHas({ organisation: 'acme', scopes: ['credentials'] });
    for (const response of [
      await ask('GET', '/credentials'),
      await askAdmin(ingress, 'GET', '/credentials?organisation_id=acme'),
    ]) {
      const { data } = listCredentials.reply.parse(await response.json());
      expect(data.map(nameOf)).toEqual(['c1', 'c2', 'c3']);
    }
    expect(ingress.bus.askedOf(environmentCredentials)).toEqual([]);
  });

  test('are not listed in part where a service is away', async () => {
    ingress.bus.hasRouter = false;
    expect((await askAdmin(ingress, 'GET', '/credentials')).status).toBe(503);
    ingress.bus.hasRouter = true;
    ingress.bus.hasKeys = false;
    expect((await askAdmin(ingress, 'GET', '/credentials')).status).toBe(503);
  });
});

test('the admin key of the environment, and digests, are in no answer', async () => {
  await copyHas();
  const texts = await Promise.all(
    ['/status', '/keys', '/configs/cheap'].map(async (path) => (await ask('GET', path)).text()),
  );
  for (const text of texts) {
    expect(text).not.toContain(adminKey);
    expect(text).not.toContain(testVerificationKey.digestOf(key));
  }
});
