import type { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { routerStatus } from '@weir/contracts/routing/insight';
import type { Problem } from '@weir/contracts/problems';
import type { Bus, SilentInstance } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { manifest } from '../manifest.ts';

type Status = ReplyOf<typeof gatewayStatus>;

/** Itself, and whom it asks. */
const services = [...new Set([manifest.name, ...manifest.requests.map(({ service }) => service)])];

/** How long replicas may take to say that they are there. */
const discoveryMs = 500;

/** Every replica, and the health of the routers' targets. This is asked when things break: what is missing is said. */
export const createGatewayStatus =
  ({ bus }: { bus: Bus }) =>
  async (_data: object, envelope: Envelope): Promise<Status> => {
    const problems: string[] = [];
    const orProblem = (what: string) => (thrown: unknown) => {
      problems.push(`${what}: ${Fault.from(thrown).message}`);
      return null;
    };
    const [found, router] = await Promise.all([
      findReplicas(bus).catch(orProblem('replicas')),
      bus.request(routerStatus, {}, envelope).catch(orProblem('router.status')),
    ]);
    for (const name of services) {
      if (!found?.some(({ service, state }) => service === name && state !== 'silent'))
        problems.push(`No replica of ${name} was found.`);
    }
    for (const replica of found ?? []) problems.push(...problemsOf(replica), ...unreadableIn(replica));
    const replicas =
      found?.map(({ service, id, version, state, problems, clockSkewMs = null, buckets }) => {
        return { service, id, version, state, problems: [...problems], clock_skew_ms: clockSkewMs, buckets };
      }) ?? null;
    const { targets = null, configs = null } = router ?? {};
    return { replicas, targets, configs, problems };
  };

function problemsOf({ service, id, state, problems }: Replica): string[] {
  const told = problems.map(({ code, message }) => `${service} ${id}: ${message} (${code})`);
  const isWell = state === 'ready' || state === 'full';
  return isWell || told.length > 0 ? told : [`${service} ${id} is ${state}.`];
}

/** What a replica cannot read: where it is not garbage, another version of the service has written it. */
function unreadableIn({ service, id, unreadable }: Replica): string[] {
  return Object.entries(unreadable).map(([bucket, { count, named }]) => {
    const entries = named.map(({ key, reason }) => `"${key}" (${reason})`).join(', ');
    const rest = count > named.length ? ` and ${count - named.length} more` : '';
    return `${service} ${id} cannot read what is stored in ${bucket}: ${entries}${rest}. What depends on it is refused.`;
  });
}

/** One that hangs tells nothing of itself. */
function asReplica({ id, version, sinceMs }: SilentInstance) {
  const message = `it hangs, and was last heard of at ${new Date(sinceMs).toISOString()}: restart it`;
  const problems: Problem[] = [{ code: 'service_unavailable', message }];
  return {
    id,
    version,
    state: 'silent' as const,
    problems,
    buckets: {},
    unreadable: {},
    clockSkewMs: undefined,
  };
}

type Replica = Awaited<ReturnType<typeof findReplicas>>[number];

async function findReplicas(bus: Bus) {
  const found = await Promise.all(
    services.map(async (service) => {
      const instances = await bus.instances(service, discoveryMs);
      const answering = new Set(instances.map(({ id }) => id));
      const silent = bus.silentInstances(service).filter(({ id }) => !answering.has(id));
      return [...instances, ...silent.map(asReplica)].map((instance) => ({ service, ...instance }));
    }),
  );
  return found.flat();
}
