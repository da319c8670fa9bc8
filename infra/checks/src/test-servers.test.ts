import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './run-program.ts';
import { serversFor } from './test-servers.ts';

const commands = (projects: string[]) => serversFor(projects, root).map(({ command }) => command);

test('the servers of a run are those that its projects start, and no others', () => {
  expect(commands(['contracts'])).toEqual([]);
  expect(commands(['router', 'contracts'])).toEqual(['nats-server']);
  expect(commands(['service-kit'])).toEqual(['nats-server', 'postgres', 'redis-server']);
  expect(commands([])).toEqual(['nats-server', 'postgres', 'redis-server']);
});

test('a workspace whose tests start a server says so in its package.json', () => {
  const starters = {
    startNats: ['nats-server'],
    startPostgres: ['postgres'],
    startRedis: ['redis-server'],
    createTestDatabase: ['postgres'],
    createTestRedis: ['redis-server'],
    startGateway: ['nats-server', 'postgres', 'redis-server'],
  };
  const tests = globSync('{{libs,services,infra}/*/{src,test},cli/test,test}/**/*.test.ts', { cwd: root });
  expect(tests.length).toBeGreaterThan(50);
  for (const file of tests) {
    const text = readFileSync(join(root, file), 'utf8');
    const [area = '', workspace = ''] = dirname(file).split('/');
    const started = Object.entries(starters).filter(([name]) =>
      new RegExp(`^import .*\\b${name}\\b`, 'm').test(text),
    );
    const project = { cli: 'cli', test: 'e2e' }[area] ?? workspace;
    for (const [, needed] of started)
      expect(commands([project]), file).toEqual(expect.arrayContaining(needed));
  }
});
