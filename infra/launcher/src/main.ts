import { fileURLToPath } from 'node:url';
import { launch } from './launch.ts';
import { readSettings } from './settings.ts';
import { listenForStopRequests } from './stop-requests.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

try {
  await launch({
    settings: readSettings(root, process.env),
    entries: {
      demo: `${root}libs/testkit/src/providers/main.ts`,
      router: `${root}services/router/src/main.ts`,
      ingress: `${root}services/ingress/src/main.ts`,
    },
    stopRequests: listenForStopRequests(),
    out: process.stdout,
  });
  process.exit(0);
} catch (error) {
  console.error(`\nWeir cannot run: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
