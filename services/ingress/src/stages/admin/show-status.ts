import { routerStatus } from '@weir/contracts/routing/insight';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { AdminArrival, Identified } from '../arrival.ts';
import type { Handler } from '../stage.ts';

const services = ['ingress', 'router'];

/** How long replicas may take to say that they are there. */
const discoveryMs = 500;

/** Every replica, and the health of the routers' targets. This is asked when things break: what is missing is said. */
export const showStatus =
  ({ bus }: { bus: Bus }): Handler<AdminArrival & Identified> =>
  async ({ answer, envelope }) => {
    const problems: string[] = [];
    const orProblem = (what: string) => (thrown: unknown) => {
      problems.push(`${what}: ${Fault.from(thrown).message}`);
      return null;
    };
    const [replicas, router] = await Promise.all([
      findReplicas(bus).catch(orProblem('replicas')),
      bus.request(routerStatus, {}, envelope).catch(orProblem('router.status')),
    ]);
    for (const name of services) {
      if (!replicas?.some(({ service }) => service === name)) problems.push(`No ${name} was found.`);
    }
    const { targets = null, configs = null } = router ?? {};
    answer.json(200, JSON.stringify({ replicas, targets, configs, problems }));
  };

async function findReplicas(bus: Bus) {
  const found = await Promise.all(
    services.map(async (service) => {
      const instances = await bus.instances(service, discoveryMs);
      return instances.map(({ id, version }) => ({ service, id, version }));
    }),
  );
  return found.flat();
}
