import type { spendingLimits } from '@weir/contracts/cost/limits';
import type { Store } from '@weir/service-kit/bus/store';
import type { ServiceDependencies } from '@weir/service-kit/service';
import { createAdmissionMetrics } from './admission-metrics.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { HeldAttempts } from './held-attempts.ts';
import { HoldClient } from './hold-client.ts';
import { SpendingLimits } from './spending-limits.ts';

interface CreateOptions
  extends
    Pick<ServiceDependencies<unknown>, 'bus' | 'clock' | 'logger' | 'metrics'>,
    Pick<AdmissionParts, 'settings'> {
  readonly store: Pick<Store<typeof spendingLimits>, 'get' | 'unreadable' | 'watch'>;
}

/** The admission of a running router. */
export function createAdmission({
  bus,
  clock,
  logger,
  metrics,
  settings,
  store,
}: CreateOptions): AdmissionParts {
  const heldAttempts = new HeldAttempts({ bus, clock, logger });
  const admissionMetrics = createAdmissionMetrics(metrics, () => heldAttempts.count);
  return {
    limits: new SpendingLimits(store),
    holds: new HoldClient({ bus, clock, metrics: admissionMetrics }),
    heldAttempts,
    clock,
    metrics: admissionMetrics,
    settings,
  };
}
