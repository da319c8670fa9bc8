import { beforeEach, expect, test } from 'vitest';
import { adminApi } from '@weir/contracts/admin/admin-api';
import { adminScopes, type AdminReach, type AdminScope } from '@weir/contracts/admin/admin-endpoint';
import { changeMade } from '@weir/contracts/audit-events';
import { adminKeys } from '@weir/contracts/keys/verification';
import { adminKey } from './admin-harness.ts';
import { startIngress, type Ingress } from './harness.ts';
import { adminKeyRecord, adminKeyText, testKey } from './keys.ts';

type Row = [
  method: string,
  path: string,
  scope: AdminScope,
  reach: AdminReach,
  body?: Record<string, unknown>,
];

/** Who may do what, and a body (of a GET a query) that is valid: a route of the admin API that has no row here fails the first test. */
const matrix: Row[] = [
  ['GET', '/admin/v1/organisations', 'read', 'organisation'],
  ['POST', '/admin/v1/organisations', 'owner', 'installation', { name: 'Acme' }],
  ['GET', '/admin/v1/organisations/:id', 'read', 'organisation'],
  ['PATCH', '/admin/v1/organisations/:id', 'owner', 'installation'],
  ['DELETE', '/admin/v1/organisations/:id', 'owner', 'installation'],
  ['GET', '/admin/v1/teams', 'keys', 'organisation'],
  ['POST', '/admin/v1/teams', 'keys', 'organisation', { name: 'Search' }],
  ['GET', '/admin/v1/teams/:id', 'keys', 'organisation'],
  ['PATCH', '/admin/v1/teams/:id', 'keys', 'organisation'],
  ['DELETE', '/admin/v1/teams/:id', 'keys', 'organisation'],
  ['GET', '/admin/v1/users', 'keys', 'organisation'],
  ['POST', '/admin/v1/users', 'keys', 'organisation', { name: 'Ada' }],
  ['GET', '/admin/v1/users/:id', 'keys', 'organisation'],
  ['PATCH', '/admin/v1/users/:id', 'keys', 'organisation'],
  ['DELETE', '/admin/v1/users/:id', 'keys', 'organisation'],
  ['GET', '/admin/v1/keys', 'keys', 'organisation'],
  ['POST', '/admin/v1/keys', 'keys', 'organisation', { name: 'search' }],
  ['POST', '/admin/v1/keys/import', 'keys', 'organisation', { format: 'csv', content: 'name' }],
  ['GET', '/admin/v1/keys/:id', 'keys', 'organisation'],
  ['PATCH', '/admin/v1/keys/:id', 'keys', 'organisation'],
  ['POST', '/admin/v1/keys/:id/rotate', 'keys', 'organisation'],
  ['POST', '/admin/v1/keys/:id/revoke', 'keys', 'organisation'],
  ['DELETE', '/admin/v1/keys/:id', 'keys', 'organisation'],
  ['GET', '/admin/v1/credentials', 'credentials', 'organisation'],
  [
    'POST',
    '/admin/v1/credentials',
    'credentials',
    'organisation',
    { name: 'main', provider: 'openai', api_key: 'sk-1' },
  ],
  ['PATCH', '/admin/v1/credentials/:id', 'credentials', 'organisation'],
  ['DELETE', '/admin/v1/credentials/:id', 'credentials', 'organisation'],
  ['POST', '/admin/v1/credentials/:id/check', 'credentials', 'organisation'],
  ['GET', '/admin/v1/configs', 'configs', 'installation'],
  ['GET', '/admin/v1/configs/:name', 'configs', 'installation'],
  ['PUT', '/admin/v1/configs/:name', 'configs', 'installation', { provider: 'openai' }],
  ['DELETE', '/admin/v1/configs/:name', 'configs', 'installation'],
  ['GET', '/admin/v1/configs/:name/revisions', 'configs', 'installation'],
  ['POST', '/admin/v1/configs/:name/rollback', 'configs', 'installation', { revision: 3 }],
  ['POST', '/admin/v1/dry-run/routing', 'configs', 'installation', { request: { model: 'gpt-5' } }],
  ['GET', '/admin/v1/policies', 'policies', 'installation'],
  ['GET', '/admin/v1/policies/:name', 'policies', 'installation'],
  ['PUT', '/admin/v1/policies/:name', 'policies', 'installation', { description: 'Checks nothing' }],
  ['DELETE', '/admin/v1/policies/:name', 'policies', 'installation'],
  ['GET', '/admin/v1/policies/:name/revisions', 'policies', 'installation'],
  ['POST', '/admin/v1/policies/:name/rollback', 'policies', 'installation', { revision: 3 }],
  ['POST', '/admin/v1/dry-run/guardrails', 'policies', 'installation', { texts: ['Hello'] }],
  ['GET', '/admin/v1/cache/rules', 'cache', 'installation'],
  ['PUT', '/admin/v1/cache/rules', 'cache', 'installation', { rules: [] }],
  ['GET', '/admin/v1/cache/entries', 'cache', 'organisation'],
  ['GET', '/admin/v1/cache/entries/:id', 'cache', 'organisation'],
  ['DELETE', '/admin/v1/cache/entries/:id', 'cache', 'organisation'],
  ['POST', '/admin/v1/cache/purge', 'cache', 'organisation', { namespace: 'shop' }],
  ['GET', '/admin/v1/cache/partitions', 'cache', 'organisation'],
  ['GET', '/admin/v1/budgets', 'budgets', 'organisation'],
  ['GET', '/admin/v1/budgets/:scope/:id', 'budgets', 'organisation'],
  ['PUT', '/admin/v1/budgets/:scope/:id', 'budgets', 'organisation', { limits: [] }],
  ['DELETE', '/admin/v1/budgets/:scope/:id', 'budgets', 'organisation'],
  ['GET', '/admin/v1/prices', 'budgets', 'installation'],
  ['GET', '/admin/v1/prices/export', 'budgets', 'installation'],
  ['PUT', '/admin/v1/prices/:provider/:model', 'budgets', 'installation', { input: '1', output: '2' }],
  ['DELETE', '/admin/v1/prices/:provider/:model', 'budgets', 'installation'],
  ['POST', '/admin/v1/prices/sync', 'budgets', 'installation'],
  ['GET', '/admin/v1/admin-keys', 'owner', 'organisation'],
  ['POST', '/admin/v1/admin-keys', 'owner', 'organisation', { name: 'ci', scopes: ['read'] }],
  ['DELETE', '/admin/v1/admin-keys/:id', 'owner', 'organisation'],
  ['GET', '/admin/v1/audit', 'read', 'organisation'],
  ['POST', '/admin/v1/audit/verify', 'read', 'installation'],
  ['GET', '/admin/v1/reports/cost', 'read', 'organisation'],
  ['GET', '/admin/v1/reports/forecast', 'read', 'organisation', { scope: 'key/abcd1234' }],
  ['GET', '/admin/v1/usage', 'read', 'organisation'],
  ['POST', '/admin/v1/usage/import', 'read', 'installation', { provider: 'openai', content: 'x' }],
  ['GET', '/admin/v1/status', 'read', 'installation'],
];

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress({ WEIR_ADMIN_KEY: adminKey });
});

test('every route of the admin API has its row, with the scope that it needs and who reaches it', () => {
  expect(matrix.map((row) => row.slice(0, 4))).toEqual(
    adminApi.map(({ http }) => [http.method, http.path, http.scope, http.reach]),
  );
});

test('nothing else is served below /admin', () => {
  const served = pathsOf(ingress.app.printRoutes({ commonPrefix: false }));
  expect(served).toContain('/v1/chat/completions');
  expect(new Set(served.filter((path) => path.startsWith('/admin')))).toEqual(
    new Set(matrix.map(([, path]) => path)),
  );
});

/** A stored admin key: the ingress knows it by its copy. */
function keyWith(scopes: readonly string[], organisation?: string): string {
  const id = 'admin001';
  const record = adminKeyRecord(id, { scopes: [...scopes], ...(organisation && { organisation }) });
  ingress.bus.storeOf(adminKeys).putRaw(id, JSON.stringify(record));
  return adminKeyText(id);
}

const ask = ([method, path, , , body = {}]: Row, key?: string) =>
  fetch(ingress.url + pathOf(path) + queryOf(method, body), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(method !== 'GET' && method !== 'DELETE' && { body: JSON.stringify(body) }),
  });

const pathOf = (path: string) =>
  path
    .replace(':name', 'cheap')
    .replace('entries/:id', `entries/${'e'.repeat(43)}`)
    .replace(':id', 'abcd1234')
    .replace(':scope', 'key')
    .replace(':provider', 'openai')
    .replace(':model', 'gpt-5');

const queryOf = (method: string, fields: Record<string, unknown>) =>
  method === 'GET' ? `?${new URLSearchParams(fields as Record<string, string>).toString()}` : '';

async function expectRefused(asked: Promise<Response>, status: number, code: string): Promise<void> {
  const response = await asked;
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
  expect(ingress.bus.asked.filter(({ endpoint }) => endpoint !== 'keys.verify-admin')).toEqual([]);
}

/** Whoever is let in gets as far as the bus, where nobody has an answer. */
async function expectAdmitted(asked: Promise<Response>, actor: object): Promise<void> {
  expect([401, 403]).not.toContain((await asked).status);
  expect(ingress.bus.asked.length).toBeGreaterThan(0);
  for (const { envelope } of ingress.bus.asked) expect(envelope.actor).toMatchObject(actor);
  ingress.bus.asked.length = 0;
}

test.each(matrix)('%s %s: nobody without an admin key', async (...row) => {
  keyWith(['owner']);
  for (const key of [undefined, '', testKey, `${adminKey}x`, adminKeyText('admin001', 'wrong')]) {
    await expectRefused(ask(row, key), 401, 'invalid_admin_key');
  }
});

test.each(matrix)(
  '%s %s: nobody whose key lacks the scope (%s), and that is told the audit log',
  async (...row) => {
    const [method, path, scope] = row;
    const others = adminScopes.filter((other) => other !== scope && other !== 'owner');
    const lacking = others.filter((other) => method !== 'GET' || other !== 'read');
    await expectRefused(ask(row, keyWith(lacking)), 403, 'insufficient_scope');
    expect(ingress.bus.published).toEqual([
      {
        name: changeMade.name,
        data: {
          action: 'denied',
          actor: { id: 'admin001', address: '127.0.0.1' },
          after: null,
          atMs: expect.any(Number) as number,
          before: null,
          organisation: null,
          requestId: expect.any(String) as string,
          target: { kind: 'route', id: `${method} ${path}` },
        },
      },
    ]);
  },
);

test.each(matrix)(
  '%s %s: a key with the scope (%s), an owner, and the one of the environment',
  async (...row) => {
    const [method, , scope] = row;
    const address = '127.0.0.1';
    await expectAdmitted(ask(row, keyWith([scope])), { id: 'admin001', address });
    await expectAdmitted(ask(row, keyWith(['owner'])), { id: 'admin001', address });
    await expectAdmitted(ask(row, adminKey), { id: 'environment', address });
    if (method === 'GET') await expectAdmitted(ask(row, keyWith(['read'])), { id: 'admin001', address });
  },
);

test.each(matrix)('%s %s (%s): of a key of one organisation, as far as it reaches (%s)', async (...row) => {
  const [, , , reach] = row;
  const asked = ask(row, keyWith(['owner'], 'acme'));
  if (reach === 'installation') await expectRefused(asked, 403, 'insufficient_scope');
  else await expectAdmitted(asked, { id: 'admin001', organisation: 'acme' });
});

test('the routes are there where WEIR_ADMIN_KEY is not set, for the stored keys', async () => {
  ingress = await startIngress();
  const status: Row = ['GET', '/admin/v1/status', 'read', 'installation'];
  await expectRefused(ask(status, adminKey), 401, 'invalid_admin_key');
  await expectAdmitted(ask(status, keyWith(['read'])), { id: 'admin001' });
});

/** The paths in Fastify's drawing of its routes, where what stands below another is drawn without what they share. */
function pathsOf(tree: string): string[] {
  const parents: string[] = [];
  const paths: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent = '', part, methods] = /^([│ ]*)[├└]── (\S+)( \()?/.exec(line) ?? [];
    if (part === undefined) continue;
    const depth = indent.length / 4;
    parents[depth] = `${parents[depth - 1] ?? ''}${part}`;
    if (methods !== undefined) paths.push(parents[depth] ?? '');
  }
  return paths;
}
