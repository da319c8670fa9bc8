import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '@weir/testkit/servers/postgres';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { databaseOptions } from './test-database.ts';

const program = fileURLToPath(new URL('../../src/database/provision.ts', import.meta.url));

async function provision(services: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const run = promisify(execFile)(process.execPath, [program, ...services], { env });
  return run.then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

test("an operator's command makes the roles of the services that are named, and says what it lacks", async () => {
  const server = await startPostgres({ password: 'Admin1' });
  const env = { WEIR_DATABASE_ADMIN_URL: server.url, WEIR_DATABASE_COST_PASSWORD: 'p/w:@%41' };
  await expect(provision(['cost', 'keys'], env)).resolves.toContain(
    'WEIR_DATABASE_KEYS_PASSWORD: is required',
  );
  await expect(provision(['cost'], env)).resolves.toMatch(
    /^the role and schema cost are ready\n(pgvector is ready|there is no pgvector, .*)\n$/,
  );
  const wrong = { ...env, WEIR_DATABASE_ADMIN_URL: server.url.replace('Admin1', 'canary') };
  const refusal = await provision(['cost'], wrong);
  expect(refusal).toMatch(/^cannot provision: password authentication failed/);
  expect(refusal).not.toContain('canary');

  const url = new URL(server.url);
  url.username = 'cost';
  url.password = encodeURIComponent('p/w:@%41');
  const database = await openDatabase(databaseOptions('cost', url.href));
  await expect(database.missing()).resolves.toEqual([]);
  await database.close();
  await server.close();
});
