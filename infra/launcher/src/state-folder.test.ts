import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureStateFolder } from './state-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-state-'));
});
afterEach(() => rm(root, { recursive: true }));

test('it is made with the folders above it, for its owner alone', async () => {
  const folder = join(root, 'a', 'b');
  await ensureStateFolder(folder);
  await ensureStateFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test.each([
  ['below a file', () => join(root, 'file', 'state')],
  ['in the place of a file', () => join(root, 'file')],
  ['where the system makes no folders', () => '/proc/weir/state'],
])('one %s is a message that names it and says what to do', async (_name, pathOf) => {
  await writeFile(join(root, 'file'), '');
  await expect(ensureStateFolder(pathOf())).rejects.toThrow(/its state cannot be kept in .*WEIR_STATE_DIR=/s);
});
