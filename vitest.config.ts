import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const project = (name: string, folder: string) => ({
  test: { name, root: folder, include: ['**/*.test.ts'], testTimeout: 30_000, hookTimeout: 120_000 },
});

export default defineConfig({
  test: {
    projects: [
      project('contracts', 'libs/contracts'),
      project('service-kit', 'libs/service-kit'),
      project('testkit', 'libs/testkit'),
      project('admin-client', 'libs/admin-client'),
      project('local-servers', 'infra/local-servers'),
      project('services', 'infra/services'),
      project('launcher', 'infra/launcher'),
      project('checks', 'infra/checks'),
      ...readdirSync(`${import.meta.dirname}/services`).map((name) => project(name, `services/${name}`)),
      project('bench', 'bench'),
      project('e2e', 'test'),
    ],
  },
});
