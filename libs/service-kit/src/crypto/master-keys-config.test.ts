import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../config.ts';
import { masterKeysConfigSchema } from './master-keys-config.ts';
import { MasterKeys } from './master-keys.ts';

const bytes = [1, 2].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer];
const [first, second] = bytes.map((key) => key.toString('base64url')) as [string, string];
const both = new MasterKeys(bytes);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-master-keys-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(text: string): string {
  const file = join(folder, `${Math.random()}`);
  writeFileSync(file, text);
  return file;
}

const parse = (env: NodeJS.ProcessEnv) => parseConfig([masterKeysConfigSchema], env)[0];

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parse(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test.each([
  ['commas', `${first},${second}`],
  ['padding and spaces', ` ${first}= , ${second}= `],
  ['lines', `${first}\r\n${second}\n`],
])('the keys are read from the variable and from a file, with %s', (_, text) => {
  for (const env of [{ WEIR_MASTER_KEYS: text }, { WEIR_MASTER_KEYS_FILE: fileWith(text) }]) {
    expect(parse(env).derive('test')).toEqual(both.derive('test'));
  }
});

test('the problem says which variable, which key and what to do, and never repeats a value', () => {
  const short = Buffer.alloc(16, 3).toString('base64url');
  const file = fileWith(`${first}\nhunter2+/`);
  expect(problemsOf({})).toEqual([expect.stringMatching(/^WEIR_MASTER_KEYS: must hold a key.*openssl rand/)]);
  expect(problemsOf({ WEIR_MASTER_KEYS: ' , ' })).toEqual(problemsOf({}));
  expect(problemsOf({ WEIR_MASTER_KEYS: `${first},${short}` })).toEqual([
    expect.stringMatching(/^WEIR_MASTER_KEYS: key 2 is not 32 bytes in base64url/),
  ]);
  expect(problemsOf({ WEIR_MASTER_KEYS_FILE: file })).toEqual([
    expect.stringMatching(/^WEIR_MASTER_KEYS_FILE: key 2 is not/),
  ]);
  expect(problemsOf({ WEIR_MASTER_KEYS_FILE: '/nowhere/keys' })).toEqual([
    'WEIR_MASTER_KEYS_FILE: /nowhere/keys cannot be read',
  ]);
  expect(problemsOf({ WEIR_MASTER_KEYS: first, WEIR_MASTER_KEYS_FILE: file })).toEqual([
    'WEIR_MASTER_KEYS_FILE: must not be set beside WEIR_MASTER_KEYS',
  ]);
  expect(problemsOf({ WEIR_MASTER_KEYS: `${short},hunter2` }).join()).not.toMatch(`hunter2|${short}`);
});
