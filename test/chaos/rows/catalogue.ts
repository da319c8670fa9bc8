import type { ChaosRow } from '../row.ts';
import { causeRows } from './causes.ts';
import { clockRows } from './clock.ts';
import { linkRows } from './links.ts';
import { providerRows } from './providers.ts';
import { readinessRows } from './readiness.ts';
import { shortageRows } from './shortage.ts';
import { silenceRows } from './silence.ts';
import { storageRows } from './storage.ts';

/** Every row, in the order of the page. */
export const rows: readonly ChaosRow[] = [
  ...linkRows,
  ...silenceRows,
  ...shortageRows,
  ...readinessRows,
  ...storageRows,
  ...clockRows,
  ...causeRows,
  ...providerRows,
];
