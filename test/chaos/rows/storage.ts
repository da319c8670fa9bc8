import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOneNats } from '../chaos-nats.ts';
import { limitedQuestion, observeTold } from '../observe.ts';
import { descendantsOf, hang, letRun, run } from '../processes.ts';
import type { LoadRow } from '../row.ts';

const filler = 'filler';

/** What keeps things hangs, or is full. */
export const storageRows: LoadRow[] = [
  {
    name: 'nats.disk-full',
    part: "JetStream's disk is full",
    done: 'the file system (tmpfs) of its store is filled, and emptied; nats-server has put JetStream out of service (2.15) or stands still in it (2.9), so it is started again',
    unavailable: () =>
      process.getuid?.() === 0 && process.platform === 'linux' ? undefined : 'only root may mount a tmpfs',
    stand: { startNats: startOnSmallDisk },
    harmMs: 15_000,
    harm: ({ nats }) => {
      fill();
      return Promise.resolve(async () => {
        rmSync(join(disk(), filler));
        const [server] = nats.nodes;
        await server?.kill();
        await server?.restart();
      });
    },
    observe: (stand) =>
      observeTold(stand, /durable events are not stored|no connection to NATS for JetStream/i),
    // What is under way when the server is started again.
    bounds: { failedShare: 0.02, recoversWithinMs: 15_000 },
  },
  {
    name: 'redis.hung',
    part: 'Redis, for requests without limits',
    done: 'stopped (SIGSTOP)',
    stand: { ownServer: 'redis' },
    harmMs: 12_000,
    harm: ({ gateway }) => hangAll([gateway.redis?.pid ?? 0]),
    bounds: { failedShare: 0, recoversWithinMs: 0 },
  },
  {
    name: 'redis.hung-limited',
    part: 'Redis, for requests under a budget',
    done: 'stopped (SIGSTOP)',
    stand: { ownServer: 'redis' },
    harmMs: 12_000,
    question: limitedQuestion,
    harm: ({ gateway }) => hangAll([gateway.redis?.pid ?? 0]),
    bounds: {
      failedShare: 1,
      recoversWithinMs: 10_000,
      longestWaitMs: 4_000,
      codes: ['service_unavailable'],
    },
  },
  {
    name: 'postgres.hung',
    part: 'Postgres, for requests under a budget',
    done: 'stopped with all its processes (SIGSTOP)',
    stand: { ownServer: 'postgres' },
    harmMs: 12_000,
    question: limitedQuestion,
    harm: ({ gateway }) => {
      const { pid = 0 } = gateway.postgres ?? {};
      return hangAll([pid, ...descendantsOf(pid)]);
    },
    bounds: { failedShare: 0, recoversWithinMs: 0 },
  },
];

function hangAll(pids: readonly number[]): Promise<() => void> {
  for (const pid of pids) hang(pid);
  return Promise.resolve(() => {
    for (const pid of pids) letRun(pid);
  });
}

let mounted: string | undefined;

const disk = () => (mounted ??= mkdtempSync(join(tmpdir(), 'weir-chaos-disk-')));

/** With more room on paper than it has, as where others write to the same disk. */
async function startOnSmallDisk() {
  run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk()]);
  const edit = (config: string) => config.replace('jetstream {', 'jetstream {\n  max_file_store: 64GB');
  const nats = await startOneNats({ storeFolder: join(disk(), 'jetstream'), edit });
  return {
    ...nats,
    close: async () => {
      await nats.close();
      run('umount', [disk()]);
    },
  };
}

function fill(): void {
  try {
    writeFileSync(join(disk(), filler), Buffer.alloc(128 * 1024 * 1024));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
