import { beforeEach, expect, test } from 'vitest';
import { adminApi } from '@weir/contracts/admin/admin-api';
import type { AdminScope } from '@weir/contracts/admin/admin-endpoint';
import { adminKey, startAdmin } from './admin-harness.ts';
import type { Ingress } from './harness.ts';

/** Who may do what: a route of the admin API that has no row here fails the first test. */
const matrix: [method: string, path: string, scope: AdminScope][] = [
  ['GET', '/admin/v1/configs', 'configs'],
  ['GET', '/admin/v1/configs/:name', 'configs'],
  ['PUT', '/admin/v1/configs/:name', 'configs'],
  ['DELETE', '/admin/v1/configs/:name', 'configs'],
  ['GET', '/admin/v1/configs/:name/revisions', 'configs'],
  ['POST', '/admin/v1/configs/:name/rollback', 'configs'],
  ['POST', '/admin/v1/dry-run/routing', 'configs'],
  ['GET', '/admin/v1/status', 'read'],
];

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin();
});

test('every route of the admin API has its row, with the scope that it needs', () => {
  expect(matrix).toEqual(adminApi.map(({ http }) => [http.method, http.path, http.scope]));
});

/** With a body that no contract takes: whoever is let in gets as far as that, or to a bus that answers. */
const ask = (method: string, path: string, authorization?: string) =>
  fetch(ingress.url + path.replace(':name', 'cheap'), {
    method,
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    ...(method !== 'GET' && method !== 'DELETE' && { body: '[]' }),
  });

test('nothing else is served below /admin', () => {
  const served = pathsOf(ingress.app.printRoutes({ commonPrefix: false }));
  expect(served).toContain('/v1/chat/completions');
  expect(new Set(served.filter((path) => path.startsWith('/admin')))).toEqual(
    new Set(matrix.map(([, path]) => path)),
  );
});

test.each(matrix)(
  '%s %s: nobody without the key, nobody with another, and an admin',
  async (method, path) => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer sk-test', `Bearer ${adminKey}x`]) {
      const refused = await ask(method, path, authorization);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ error: { code: 'invalid_admin_key' } });
    }
    expect(ingress.bus.asked).toEqual([]);
    const admitted = await ask(method, path, `Bearer ${adminKey}`);
    expect(admitted.status).not.toBe(401);
  },
);

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
