import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

const packageOf = (folder: string) =>
  JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) as {
    name: string;
    workspaces?: string[];
  };

const workspaces = (packageOf('.').workspaces ?? []).flatMap((pattern) =>
  globSync(`${pattern}/package.json`, { cwd: root }).map(dirname).sort(),
);

/** Each workspace is a project: its name, as `--only` and `--project` take it, and its folder. */
export const projectFolders = Object.fromEntries(
  workspaces.map((folder) => [packageOf(folder).name.replace('@weir/', ''), folder]),
);

export default defineConfig(({ mode }) => {
  // `npm run test:unit`: what stands beside the source, where no test may start a server or another program.
  const isUnit = mode === 'unit';
  const kind = isUnit
    ? {
        include: ['src/**/*.test.ts'],
        setupFiles: [`${root}/infra/checks/src/no-servers.ts`],
        // Modules are loaded once and not once a file: a third of the time.
        isolate: false,
      }
    : { include: ['**/*.test.ts'] };
  return {
    test: {
      passWithNoTests: isUnit,
      ...(!isUnit && { globalSetup: [`${root}/libs/testkit/src/servers/shared-servers.ts`] }),
      projects: Object.entries(projectFolders).map(([name, folder]) => ({
        test: { name, root: folder, ...kind, testTimeout: 30_000, hookTimeout: 120_000 },
      })),
    },
  };
});
