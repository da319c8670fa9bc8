import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { weir } from './weir-process.ts';

/** What the shell is told may come next. */
async function completed(...words: string[]): Promise<string[]> {
  const { out } = await weir(['complete', '--', ...words]);
  return out.split('\n').flatMap((line) => (/^(:\d+)?$/.test(line) ? [] : [line.split('\t')[0] ?? '']));
}

test('commands, flags and the values of flags are completed', async () => {
  expect(await completed('cred')).toEqual(['credentials']);
  expect(await completed('keys', 'r')).toEqual(['rotate', 'revoke']);
  expect(await completed('key', 'r')).toEqual(['rotate', 'revoke']);
  expect(await completed('keys', 'create', '--allowed-m')).toEqual(['--allowed-models']);
  expect(await completed('keys', 'list', '--status', '')).toEqual(['active', 'expired', 'revoked']);
  expect(await completed('admin-keys', 'create', '--scopes', 'cr')).toEqual(['credentials']);
  expect(await completed('dead-letters', '')).toContain('list');
});

test('bash takes its script, and each shell has one', async () => {
  const { out } = await weir(['completion', 'bash']);
  expect(spawnSync('bash', ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
  for (const shell of ['zsh', 'fish']) {
    expect((await weir(['completion', shell])).out).toContain(`${shell} completion for weir`);
  }
  expect((await weir(['completion', 'tcsh'])).code).toBe(2);
});
