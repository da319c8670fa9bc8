import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@weir/testkit/servers/nats';
import { freePort } from '@weir/local-servers/port';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from './weir-process.ts';

let stateFolder: string;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
});
afterEach(() => rm(stateFolder, { recursive: true }));

test('help names every command and how Weir is found', async () => {
  const { code, out } = await weir(['--help']);
  expect(code).toBe(0);
  for (const word of ['bus', 'dead-letters', 'replay', 'WEIR_STATE_DIR', 'NATS_URL'])
    expect(out).toContain(word);
  expect((await weir(['bus', 'watch', '--help'])).out).toContain('Who watches counts as a listener.');
});

test.each([
  [['wach'], "unknown command 'wach'"],
  [['bus', 'wach'], "unknown command 'wach' (Did you mean watch?)"],
  [['bus', 'watch', '--second', '3'], "unknown option '--second'"],
  [['bus', 'watch', '--seconds', 'ten'], 'It must be a whole number from 1 on.'],
  [['bus', 'watch', '--next', '--request', 'x'], '--next and --request exclude each other.'],
  [['dead-letters', 'show'], "missing required argument 'id'"],
  [['replay'], 'Say which dead letters: ids, --service and --event, or --all.'],
])('%j is a usage error: one line, and exit code 2', async (args, message) => {
  const { code, out, err } = await weir(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^weir: .*\n$/);
  expect(err).toContain(message);
});

test('where no Weir runs, one line says how to start or find one', async () => {
  const { code, err } = await weir(['dead-letters', 'list'], { WEIR_STATE_DIR: stateFolder });
  expect(code).toBe(1);
  expect(err).toBe(
    `weir: No Weir runs with the state folder ${stateFolder}. Start it with npm start, or set NATS_URL to where its NATS is.\n`,
  );
});

test('a NATS that does not answer, or does not let it in, is said in one line without a password', async () => {
  const port = await freePort();
  const list = (environment: Record<string, string>) => weir(['dead-letters', 'list'], environment);
  expect(await list({ NATS_URL: `nats://operator:geheim@127.0.0.1:${port}` })).toEqual({
    code: 1,
    out: '',
    err: `weir: No NATS answers at 127.0.0.1:${port}. Start Weir with npm start, or set NATS_URL to where its NATS is.\n`,
  });
  expect((await list({ NATS_URL: 'over there' })).err).toContain('NATS_URL holds no address.');
  const server = await startNats({ config: 'weir' });
  const address = `127.0.0.1:${server.port}`;
  expect((await list({ NATS_URL: `nats://${address}`, WEIR_NATS_OPERATOR_PASSWORD: 'geheim' })).err).toBe(
    `weir: NATS at ${address} does not let the user operator in. Set WEIR_NATS_OPERATOR_PASSWORD to its password.\n`,
  );
  const password = new URL(server.urlFor('operator')).password;
  const got = await list({ NATS_URL: `nats://${address}`, WEIR_NATS_OPERATOR_PASSWORD: password });
  expect(got.code).toBe(0);
  await server.close();
});

test('a user who may not do what the command does is told so, and not left to wait', async () => {
  const server = await startNats({ config: 'weir' });
  const asIngress = { NATS_URL: server.urlFor('ingress') };
  for (const args of [
    ['bus', 'watch'],
    ['dead-letters', 'list'],
  ]) {
    const { code, err } = await weir(args, asIngress);
    expect(code).toBe(1);
    expect(err).toMatch(/^(.*\n)?weir: NATS does not do this: .* than (observer|operator) in .*\n$/);
  }
  await server.close();
});

test('the NATS that npm start has started is found by the state folder', async () => {
  const server = await startNats({ config: 'weir' });
  const { password } = new URL(server.urlFor('operator'));
  await writeFile(join(stateFolder, 'nats-port'), `${server.port}\n`);
  await writeFile(join(stateFolder, 'nats-passwords.json'), JSON.stringify({ operator: password }));
  const { code, err } = await weir(['dead-letters', 'list'], { WEIR_STATE_DIR: stateFolder });
  expect({ code, err }).toEqual({ code: 0, err: 'There are no such dead letters.\n' });
  await server.close();
});
