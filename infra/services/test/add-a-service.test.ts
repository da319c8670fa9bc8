import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { endpoint } from '@weir/contracts/descriptors';
import { natsUrlFor, type NatsPasswords } from '@weir/local-servers/nats-users';
import { freePort } from '@weir/local-servers/port';
import { runCommand } from '@weir/local-servers/run-command';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { createTestDatabase, type TestDatabase } from '@weir/testkit/servers/test-database';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRepository, type PlaybookFile, playbookFiles, writeFileBelow } from './playbook.ts';

const list = 'infra/services/src/manifests.ts';

let copy: string;
let files: PlaybookFile[];
let database: TestDatabase;
let weir: ChildProcess | undefined;
let output = '';

/** Does what the playbook says and nothing else; the ingress is who asks the new service. */
beforeAll(async () => {
  [copy, files, database] = await Promise.all([
    copyRepository(),
    playbookFiles('add a service'),
    createTestDatabase(),
  ]);
  for (const file of files) {
    if (file.path === list) await change(list, (present) => present + file.text);
    else await writeFileBelow(copy, file);
  }
  await writeFileBelow(copy, {
    path: 'services/greeter/README.md',
    text: '`WEIR_GREETING`: what it says.\n',
  });
  await change('services/ingress/src/manifest.ts', (present) =>
    present
      .replace(/^/, "import { greet } from '@weir/contracts/greeter';\n")
      .replace('requests: [', 'requests: [greet,'),
  );
  await run('infra/services/src/generate.ts');
}, 60_000);

afterAll(async () => {
  weir?.kill('SIGTERM');
  if (weir?.exitCode === null) await once(weir, 'exit');
  await Promise.all([rm(copy, { recursive: true, maxRetries: 20, retryDelay: 100 }), database.close()]);
});

async function change(path: string, make: (present: string) => string): Promise<void> {
  await writeFile(join(copy, path), make(await read(path)));
}

const read = (path: string) => readFile(join(copy, path), 'utf8');

/** Runs a program of the copy to its end. */
async function run(...args: string[]): Promise<void> {
  expect(await runCommand(process.execPath, args, { cwd: copy })).toEqual({
    code: 0,
    output: expect.any(String) as string,
  });
}

async function urlFor(user: string): Promise<string> {
  const passwords = JSON.parse(await read('.weir/nats-passwords.json')) as NatsPasswords;
  return natsUrlFor(user, passwords, Number(await read('.weir/nats-port')));
}

test('the playbook has the files that a service has', () => {
  expect(files.map(({ path }) => path)).toEqual([
    'libs/contracts/src/greeter.ts',
    'services/greeter/package.json',
    ...['config', 'manifest', 'endpoints/greet', 'endpoints/count-greetings', 'service', 'main'].map(
      (name) => `services/greeter/src/${name}.ts`,
    ),
    list,
  ]);
});

test('what it says compiles', async () => {
  const tsconfig = { extends: './tsconfig.base.json', include: ['services/greeter', list], exclude: [] };
  await writeFileBelow(copy, { path: 'tsconfig.greeter.json', text: JSON.stringify(tsconfig) });
  await run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.greeter.json');
});

test('everything that is generated knows the service', async () => {
  expect(await read('infra/nats/weir.conf')).toMatch(/user: greeter, password: \$WEIR_NATS_GREETER_PASSWORD/);
  expect(await read('weir.env.example')).toContain('\nWEIR_NATS_GREETER_PASSWORD=\n');
  const compose = await read('docker-compose.yml');
  expect(compose).toContain('command: [node, services/greeter/src/main.ts]');
  expect(compose).toMatch(/WEIR_NATS_GREETER_PASSWORD: \$\{WEIR_NATS_GREETER_PASSWORD:\?.*\n/);
  expect(compose).toMatch(/ {2}greeter:\n[^]*? {6}WEIR_GREETING:\n/);
  expect(await read('docs/services.md')).toContain('## greeter\n\nGreets.');
});

test('it starts with all the others, is found, answers whom its manifest lets ask, and tells what it did', async () => {
  const port = await freePort();
  weir = spawn(process.execPath, ['infra/launcher/src/main.ts'], {
    cwd: copy,
    env: {
      PATH: process.env['PATH'],
      WEIR_PORT: String(port),
      WEIR_GREETING: 'Good day',
      DATABASE_URL: database.url,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [weir.stdout, weir.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  await eventually(() => {
    expect(output).toContain('\nWeir is ready');
  }, 30_000);
  expect(output).toMatch(/greeter +info +ready/);
  expect(output.indexOf('greeter  info  started')).toBeLessThan(output.indexOf('ingress  info  started'));

  const { greet } = (await import(join(copy, 'libs/contracts/src/greeter.ts'))) as {
    greet: ReturnType<typeof endpoint>;
  };
  const ingress = await connectTestBus({ url: await urlFor('ingress'), service: 'ingress' });
  expect(await ingress.instances('greeter', 1_000)).toHaveLength(1);
  expect(await ingress.request(greet, { name: 'Ada' }, testEnvelope())).toEqual({
    greeting: 'Good day, Ada',
  });
  await ingress.drain();

  await eventually(() => {
    expect(output).toContain('people were greeted count=1');
  });

  const { username, password, host } = new URL(await urlFor('operator'));
  const operator = await connect({
    servers: host,
    user: username,
    pass: password,
    inboxPrefix: '_INBOX_operator',
  });
  const { streams } = await jetstreamManager(operator, { checkAPI: false });
  await eventually(async () => {
    expect((await streams.info('WEIR_GREETINGS')).state.messages).toBe(1);
  });
  await operator.close();
}, 60_000);

test('whoever does not list its endpoint may not ask it', async () => {
  const router = await connectTestBus({ url: await urlFor('router'), service: 'router' });
  const { greet } = (await import(join(copy, 'libs/contracts/src/greeter.ts'))) as {
    greet: ReturnType<typeof endpoint>;
  };
  await expect(router.request(greet, { name: 'Eve' }, testEnvelope(1_000))).rejects.toMatchObject({
    code: 'bus_permission_denied',
  });
  await router.drain();
});
