import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSelection, UsageError } from './selection.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const checkout = { root, projectFolders: { checks: 'infra/checks', cli: 'cli' } };
const select = (...args: string[]) => readSelection(args, checkout);

test('without arguments, everything is chosen', () => {
  expect(select()).toEqual({ only: [], files: [], filter: undefined });
});

test('projects, a filter and files are chosen together', () => {
  expect(select('--only', 'checks', '--filter', 'retr(y|ies)', 'selection.test.ts')).toEqual({
    only: ['checks'],
    filter: 'retr(y|ies)',
    files: ['selection.test.ts'],
  });
});

test("a file is named from Weir's folder, with ./ before it, or in full", () => {
  const file = 'infra/checks/src/selection.test.ts';
  for (const written of [file, `./${file}`, `${root}${file}`]) expect(select(written).files).toEqual([file]);
});

test.each([
  [['--only', 'nonsense'], 'There is no project "nonsense". There are: checks, cli.'],
  [['--only', 'toString'], 'There is no project "toString". There are: checks, cli.'],
  [['selection.tset.ts'], 'No test file is named "selection.tset.ts": they end in .test.ts.'],
  [
    ['--only', 'cli', 'selection.test.ts'],
    'No test file of cli is named "selection.test.ts": they end in .test.ts.',
  ],
  [['--fliter', 'x'], /^Unknown option '--fliter'.* \(npm test -- \[--only PROJECT\]/],
  [['--filter', '('], /^Invalid regular expression.* \(npm test -- /],
])('%j is answered with one line that says what can be chosen', (args, message) => {
  expect(() => select(...args)).toThrow(UsageError);
  expect(() => select(...args)).toThrow(message);
  try {
    select(...args);
  } catch (error) {
    expect((error as Error).message).not.toContain('\n');
  }
});
