import { setTimeout as delay } from 'node:timers/promises';
import type { NatsTestServer } from '@weir/testkit/servers/nats';
import { startCluster } from '../chaos-nats.ts';
import { connectionsAt } from '../observe.ts';
import { hang, letRun } from '../processes.ts';
import type { LoadRow, Observation } from '../row.ts';
import type { Stand, StandOptions } from '../stand.ts';

const cluster: StandOptions = { startNats: startCluster, everywhere: { WEIR_NATS_REPLICAS: '3' } };

/** How long processes may take to go back to a server that has been away. */
const spreadWithinMs = 45_000;

/** NATS servers hang, pause, or are restarted. */
export const linkRows: LoadRow[] = [
  {
    name: 'nats.hung-node',
    part: 'one NATS server of three, the one with most connections',
    done: 'stopped (SIGSTOP)',
    stand: cluster,
    harmMs: 20_000,
    harm: ({ nats }) => hangServer(busiest(nats.nodes)),
    bounds: { failedShare: 0.25, failuresEndWithinMs: 5_000, recoversWithinMs: 5_000, allNotReadyMs: 5_000 },
  },
  {
    name: 'nats.rolling-restart',
    part: 'three NATS servers',
    done: 'each restarted in turn (SIGTERM), five seconds apart',
    stand: cluster,
    harmMs: 30_000,
    harm: async ({ nats }) => {
      for (const node of nats.nodes) {
        await node.restart();
        await delay(5_000);
      }
      return () => undefined;
    },
    observe: observeSpread,
    bounds: { failedShare: 0.1, recoversWithinMs: 0 },
  },
  {
    name: 'nats.paused',
    part: 'the only NATS server',
    done: 'stopped for a second (SIGSTOP, SIGCONT)',
    harmMs: 1_000,
    harm: ({ nats }) => hangServer(busiest(nats.nodes)),
    bounds: { failedShare: 0, recoversWithinMs: 0, longestWaitMs: 3_000 },
  },
  {
    name: 'nats.hung',
    part: 'the only NATS server',
    done: 'stopped (SIGSTOP)',
    harmMs: 15_000,
    harm: ({ nats }) => hangServer(busiest(nats.nodes)),
    bounds: {
      ...{ failedShare: 1, recoversWithinMs: 5_000, longestWaitMs: 6_000 },
      codes: ['bus_disconnected', 'service_unavailable', 'no_ingress_is_ready'],
    },
  },
];

function hangServer({ pid = 0 }: NatsTestServer): Promise<() => void> {
  hang(pid);
  return Promise.resolve(() => {
    letRun(pid);
  });
}

function busiest(nodes: readonly NatsTestServer[]): NatsTestServer {
  const [first] = [...nodes].sort((a, b) => connectionsAt(b.port) - connectionsAt(a.port));
  if (!first) throw new Error('NATS has no server');
  return first;
}

/** After a restart of each, none is left without connections for long. */
async function observeSpread({ nats }: Stand): Promise<Observation> {
  const counts = () => nats.nodes.map(({ port }) => connectionsAt(port));
  const startedMs = performance.now();
  while (counts().includes(0) && performance.now() - startedMs < spreadWithinMs) await delay(500);
  const seen = `connections afterwards: ${counts().join(', ')}`;
  return { seen, problems: counts().includes(0) ? [`a server is left without any: ${seen}`] : [] };
}
