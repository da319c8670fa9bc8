import type { routerStatus } from '@weir/contracts/routing/insight';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { ConfigLibrary } from '../configs/config-library.ts';
import type { HealthRegistry } from '../health/health-registry.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'size'>;
  readonly health: Pick<HealthRegistry, 'list'>;
}

/** The health of the targets that were used lately or are unhealthy. */
export function createRouterStatus({ configs, health }: Dependencies): EndpointHandler<typeof routerStatus> {
  return () => ({ targets: health.list(), configs: configs.size });
}
