import { globSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';

/** Which tests to run. Where nothing is chosen, everything is checked. */
export interface Selection {
  /** vitest projects; all of them where there are none. */
  readonly only: readonly string[];
  /** Test files, as paths from Weir's folder or parts of them. */
  readonly files: readonly string[];
  /** A regular expression for the names of tests. */
  readonly filter: string | undefined;
}

/** What the command line asks for cannot be done. The message is one line and says what can. */
export class UsageError extends Error {}

interface Checkout {
  /** Weir's folder, absolute. */
  readonly root: string;
  /** The folder of each vitest project, by name. */
  readonly projectFolders: Readonly<Record<string, string>>;
}

/** Reads `[--only PROJECT]... [--filter TEXT] [FILE]...`, or throws a UsageError. */
export function readSelection(args: readonly string[], { root, projectFolders }: Checkout): Selection {
  const { only = [], filter, files } = parseOptions(args, root);
  const unknown = only.find((name) => !Object.hasOwn(projectFolders, name));
  if (unknown !== undefined) {
    throw new UsageError(
      `There is no project "${unknown}". There are: ${Object.keys(projectFolders).join(', ')}.`,
    );
  }
  const folders = only.length > 0 ? only.map((name) => projectFolders[name] ?? '') : ['.'];
  const testFiles = globSync(
    folders.map((folder) => `${folder}/**/*.test.ts`),
    { cwd: root, exclude: ['**/node_modules'] },
  );
  const missing = files.find((file) => !testFiles.some((testFile) => testFile.includes(file)));
  if (missing !== undefined) {
    const where = only.length > 0 ? ` of ${only.join(' or ')}` : '';
    throw new UsageError(`No test file${where} is named "${missing}": they end in .test.ts.`);
  }
  return { only, files, filter };
}

function parseOptions(args: readonly string[], root: string) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', multiple: true }, filter: { type: 'string' } },
      allowPositionals: true,
    });
    if (values.filter !== undefined) new RegExp(values.filter);
    return {
      ...values,
      files: positionals.map((file) => (isAbsolute(file) ? relative(root, file) : file.replace(/^\.\//, ''))),
    };
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new UsageError(`${reason ?? ''} (npm test -- [--only PROJECT] [--filter TEXT] [FILE])`);
  }
}

/** A run in which no test had such a name proves nothing. */
export function assertSomeRan(testCount: number, { filter }: Selection): void {
  if (filter !== undefined && testCount === 0)
    throw new UsageError(`No test has a name that matches "${filter}".`);
}
