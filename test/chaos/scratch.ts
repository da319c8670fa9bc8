import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For files that rows hand to processes. It goes when the run ends. */
const folder = mkdtempSync(join(tmpdir(), 'weir-chaos-'));
process.once('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});

export const scratchFile = (name: string) => join(folder, name);
