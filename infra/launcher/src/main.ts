import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { launch } from './launch.ts';
import { parseNodeOptions } from './node-options.ts';
import { readSettings } from './settings.ts';
import { listenForStopRequests } from './stop-requests.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

try {
  const settings = readSettings(root, process.env);
  const entries = {
    demo: `${root}libs/testkit/src/providers/main.ts`,
    router: `${root}services/router/src/main.ts`,
    ingress: `${root}services/ingress/src/main.ts`,
  };
  const nodeOptions = parseNodeOptions(process.argv.slice(2), {
    services: Object.keys(entries),
    profileFolder: join(settings.stateFolder, 'profiles'),
  });
  await launch({
    settings: { ...settings, variables: { ...nodeOptions.variables, ...settings.variables } },
    entries,
    nodeOptions,
    stopRequests: listenForStopRequests(),
    out: process.stdout,
  });
  process.exit(0);
} catch (error) {
  console.error(`\nWeir cannot run: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
