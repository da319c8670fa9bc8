import { existsSync, globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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

/** What vitest calls the parts of a workspace: `keys` is what stands in `test/`, `keys:unit` what stands beside the source. */
export const vitestProjectsOf = (name: string) => [
  name,
  unitProjectOf(name),
  timingProjectOf(name),
  newestNatsProjectOf(name),
];

const unitProjectOf = (name: string) => `${name}:unit`;
const timingProjectOf = (name: string) => `${name}:timing`;
const newestNatsProjectOf = (name: string) => `${name}:newest-nats`;

/** The newest nats-server, where `npm test` could have it: tests run on the one that is installed, mostly Debian's 2.9. */
const newestNats = process.env['WEIR_NEWEST_NATS'];

/** What of the bus differs from server to server: what is told of failures, what a reload takes away, and what is kept. */
const busTests = ['requests', 'store', 'permissions', 'jetstream-causes', 'connection-causes'];

/** Long, since a machine that has others to serve is slow: no test takes as long on a quiet one. */
const limits = { testTimeout: 60_000, hookTimeout: 120_000 };

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

/**
 * Tests on real servers share the machine with each other: one that fails is tried once more, and the run names it at its end
 * (infra/checks/src/tally-reporter.ts). It is to be mended all the same.
 */
const onServers = { ...limits, retry: 1 };

const serverProject = (name: string, folder: string): TestProjectInlineConfiguration => ({
  test: {
    ...onServers,
    name,
    root: folder,
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'src/**', 'timing/**'],
  },
});

/** What counts on latencies, rates or short timeouts runs when everything else is over, one file after the other. */
const timingProject = (name: string, folder: string): TestProjectInlineConfiguration => ({
  test: {
    ...onServers,
    name: timingProjectOf(name),
    root: folder,
    include: ['timing/**/*.test.ts'],
    maxWorkers: 1,
    sequence: { groupOrder: 1 },
  },
});

const newestNatsProject = (name: string, folder: string, file: string): TestProjectInlineConfiguration => ({
  test: {
    ...onServers,
    name: newestNatsProjectOf(name),
    root: folder,
    include: busTests.map((test) => `test/bus/${test}.test.ts`),
    env: { WEIR_TEST_NATS_SERVER: file },
  },
});

export default defineConfig({
  test: {
    globalSetup: [`${root}/libs/testkit/src/servers/shared-servers.ts`],
    // More than there are cores: tests on servers wait for them half of their time. vitest alone would leave one core to itself.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    projects: Object.entries(projectFolders).flatMap(([name, folder]) => [
      unitProject(name, folder),
      serverProject(name, folder),
      ...(existsSync(`${root}/${folder}/timing`) ? [timingProject(name, folder)] : []),
      ...(name === 'service-kit' && newestNats ? [newestNatsProject(name, folder, newestNats)] : []),
    ]),
  },
});
