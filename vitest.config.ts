import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const root = import.meta.dirname;

const packageOf = (folder: string) =>
  JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) as {
    name: string;
    workspaces?: string[];
  };

const workspaces = (packageOf('.').workspaces ?? []).flatMap((pattern) =>
  globSync(`${pattern}/package.json`, { cwd: root }).map(dirname).sort(),
);

/** Each workspace by its name, as `--only` takes it, and its folder. */
export const projectFolders = Object.fromEntries(
  workspaces.map((folder) => [packageOf(folder).name.replace('@weir/', ''), folder]),
);

/** What stands beside the source of a workspace is a project of its own for vitest: `keys:unit` beside `keys`. */
export const unitProjectOf = (name: string) => `${name}:unit`;

const limits = { testTimeout: 30_000, hookTimeout: 120_000 };

/** No test may start a server or another program here, so modules are loaded once and not once a file: a third of the time. */
const unitProject = (name: string, folder: string): TestProjectInlineConfiguration => ({
  test: {
    ...limits,
    name: unitProjectOf(name),
    root: folder,
    include: ['src/**/*.test.ts'],
    setupFiles: [`${root}/infra/checks/src/no-servers.ts`],
    isolate: false,
  },
});

const serverProject = (name: string, folder: string): TestProjectInlineConfiguration => ({
  test: {
    ...limits,
    name,
    root: folder,
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'src/**'],
  },
});

export default defineConfig({
  test: {
    globalSetup: [`${root}/libs/testkit/src/servers/shared-servers.ts`],
    // One a core. vitest alone would leave one core to itself, which on two cores is half of them.
    maxWorkers: '100%',
    projects: Object.entries(projectFolders).flatMap(([name, folder]) => [
      unitProject(name, folder),
      serverProject(name, folder),
    ]),
  },
});
