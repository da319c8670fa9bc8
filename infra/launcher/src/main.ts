import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { services } from '@weir/services/services';
import type { ZodType } from 'zod';
import { launch } from './launch.ts';
import { parseNodeOptions } from './node-options.ts';
import { readSettings } from './settings.ts';
import { listenForStopSignals } from './stop-signals.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

try {
  const settings = readSettings(root, process.env);
  const nodeOptions = parseNodeOptions(process.argv.slice(2), {
    services: ['demo', ...services.map(({ name }) => name)],
    profileFolder: join(settings.stateFolder, 'profiles'),
  });
  await launch({
    settings: { ...settings, variables: { ...nodeOptions.variables, ...settings.variables } },
    services,
    nodeOptions,
    schemaOf: async (name) => {
      const config = (await import(`${root}services/${name}/src/config.ts`)) as { configSchema: ZodType };
      return config.configSchema;
    },
    fileOf: (name) =>
      name === 'demo' ? `${root}libs/testkit/src/providers/main.ts` : `${root}services/${name}/src/main.ts`,
    stopSignals: listenForStopSignals(),
    out: process.stdout,
  });
  process.exit(0);
} catch (error) {
  console.error(`\nWeir cannot run: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
