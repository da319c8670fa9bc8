import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from './settings.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-settings-'));
});
afterEach(() => rm(root, { recursive: true }));

test('without settings the defaults hold, and the state lies in Weir’s own folder', () => {
  const settings = readSettings(root, {});
  expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, stateFolder: join(root, '.weir') });
  expect(settings.natsUrl).toBeUndefined();
});

test('weir.env is read, and the environment wins over it', async () => {
  await writeFile(
    join(root, 'weir.env'),
    '# a comment\nWEIR_PORT=9000\nOPENAI_API_KEY="sk-file"\nNATS_URL=\n',
  );
  const settings = readSettings(root, { WEIR_PORT: '9001', OPENAI_API_KEY: '' });
  expect(settings.port).toBe(9001);
  expect(settings.natsUrl).toBeUndefined();
  expect(settings.variables['OPENAI_API_KEY']).toBe('sk-file');
});

test.each(['0', '65536', '80.5', 'http', '-1'])('the port %s is refused by name', (port) => {
  expect(() => readSettings(root, { WEIR_PORT: port })).toThrow(`WEIR_PORT must be a number from 1 to 65535`);
});
