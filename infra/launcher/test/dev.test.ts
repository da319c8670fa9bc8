import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@weir/local-servers/port';
import { createTestDatabase, type TestDatabase } from '@weir/testkit/servers/test-database';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../../..', import.meta.url));

let stateFolder: string;
let database: TestDatabase;
let weir: ChildProcess;
let output = '';
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'weir-dev-'));
  database = await createTestDatabase();
  output = '';
});
afterEach(async () => {
  weir.kill('SIGTERM');
  if (weir.exitCode === null) await once(weir, 'exit');
  // The system may still be ending a process of Postgres, which removes files of its own.
  await rm(stateFolder, { recursive: true, maxRetries: 20, retryDelay: 100 });
  await database.close();
});

/** As `npm run dev` does. */
async function startDev(...args: string[]): Promise<void> {
  const { PATH } = process.env;
  weir = spawn(process.execPath, ['infra/launcher/start.mjs', '--watch', ...args], {
    cwd: root,
    env: {
      PATH,
      WEIR_STATE_DIR: stateFolder,
      WEIR_PORT: String(await freePort()),
      DATABASE_URL: database.url,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  weir.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output, { timeout: 30_000 }).toContain('\nWeir is ready');
}

/** As an editor that saves a file without a change. */
const save = (file: string) => utimes(join(root, file), new Date(), new Date());

/** How often each service has become ready. */
const starts = () => ({
  keys: output.match(/keys +info +ready/g)?.length ?? 0,
  router: output.match(/router +info +ready/g)?.length ?? 0,
  ingress: output.match(/ingress +info +ready/g)?.length ?? 0,
});

test('a change of a service restarts that service and no other, one of a library all that have loaded it', async () => {
  await startDev();
  await expect.poll(starts, { timeout: 20_000 }).toEqual({ keys: 1, router: 1, ingress: 1 });
  await save('services/router/src/config.ts');
  await expect.poll(starts, { timeout: 20_000 }).toEqual({ keys: 1, router: 2, ingress: 1 });
  await save('libs/contracts/src/faults.ts');
  await expect.poll(starts, { timeout: 20_000 }).toEqual({ keys: 2, router: 3, ingress: 2 });
});

test('a service that is not named is not restarted', async () => {
  await startDev('router');
  await save('libs/contracts/src/faults.ts');
  await expect.poll(starts, { timeout: 20_000 }).toEqual({ keys: 1, router: 2, ingress: 1 });
});
