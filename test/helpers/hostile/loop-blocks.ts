import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const probeSchema = z.object({
  /** The longest delay of its event loop, by the clock (`perf_hooks`). */
  blockMs: z.number(),
  /** The most processor time that its event loop's thread took between two looks at it, which are 4 ms apart. */
  blockCpuMs: z.number(),
  /** The most memory that it ever had. */
  maxRssMb: z.number(),
});

export type LoopBlock = z.output<typeof probeSchema>;

/** The environment that has a service watch its event loop, and tell of it in this folder. */
export const probeEnvironment = (folder: string) => ({
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('./loop-probe.ts', import.meta.url))}`,
  WEIR_LOOP_PROBES: folder,
});

/** Since it was asked last. Waits for the end of what blocks it now. */
export async function readLoopBlock(folder: string, pid: number): Promise<LoopBlock> {
  return probeSchema.parse(JSON.parse(await text(connect(join(folder, `${pid}.sock`)))));
}
