import { defineConfig } from 'vitest/config';

/** Each project's name, as `--only` and `--project` take it, and its folder. */
export const projectFolders: Record<string, string> = {
  contracts: 'libs/contracts',
  'service-kit': 'libs/service-kit',
  testkit: 'libs/testkit',
  'local-servers': 'infra/local-servers',
  launcher: 'infra/launcher',
  checks: 'infra/checks',
  ingress: 'services/ingress',
  router: 'services/router',
  cli: 'cli',
  bench: 'bench',
  e2e: 'test',
};

export default defineConfig(({ mode }) => {
  // `npm run test:unit`: what stands beside the source, where no test may start a server or another program.
  const isUnit = mode === 'unit';
  const kind = isUnit
    ? {
        include: ['src/**/*.test.ts'],
        setupFiles: [`${import.meta.dirname}/infra/checks/src/no-servers.ts`],
        // Modules are loaded once and not once a file: a third of the time.
        isolate: false,
      }
    : { include: ['**/*.test.ts'] };
  return {
    test: {
      passWithNoTests: isUnit,
      projects: Object.entries(projectFolders).map(([name, root]) => ({
        test: { name, root, ...kind, testTimeout: 30_000, hookTimeout: 120_000 },
      })),
    },
  };
});
