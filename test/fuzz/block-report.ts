import type { HostileReport } from '../helpers/hostile/hostile-stand.ts';
import { longestBlock } from '../helpers/hostile/judge.ts';

interface Block {
  readonly name: string;
  readonly service: string;
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** How many of them are printed at the end. */
const printed = 10;

/** The longest blocks of all event loops, and the most memory that each service had. */
export class BlockReport {
  #longest: Block[] = [];
  #memory: HostileReport['blocks'] | undefined;

  /** Returns a line that says what came of it. */
  add(name: string, { outcomes, tookMs, blocks }: HostileReport): string {
    const block = { name, ...longestBlock(blocks) };
    this.#longest = [...this.#longest, block].sort((one, other) => other.cpuMs - one.cpuMs).slice(0, printed);
    this.#memory = blocks;
    const seen = new Set(outcomes.map(({ status, code = '' }) => `${status} ${code}`));
    const took = `${tookMs.toFixed(0).padStart(6)} ms`;
    const { cpuMs, wallMs, service } = block;
    const longest = `${cpuMs.toFixed(0).padStart(5)} ms of CPU, ${wallMs.toFixed(0).padStart(5)} ms by the clock`;
    return `${name.padEnd(36)} ${[...seen].join(', ').padEnd(34)} ${took}, longest block ${longest}, ${service}`;
  }

  print(): void {
    console.log('\nThe longest blocks of an event loop:');
    for (const { name, service, cpuMs, wallMs } of this.#longest)
      console.log(
        `${cpuMs.toFixed(1).padStart(8)} ms of CPU, ${wallMs.toFixed(1).padStart(8)} ms by the clock  ${service.padEnd(10)} ${name}`,
      );
    console.log('The most memory, in MB:');
    for (const [service, { maxRssMb }] of Object.entries(this.#memory ?? {}))
      console.log(`${maxRssMb.toFixed(0).padStart(8)}  ${service}`);
  }
}
