import type { TargetState } from '@weir/contracts/routing/insight';
import type { Metrics } from '@weir/service-kit/metrics';

/** What is measured of targets' health. Providers are configured ones, presets, and `custom`: no name that a caller chose. */
export interface HealthMetrics {
  /** This router has brought a target into another state; `half_open` is a probe. */
  transition(provider: string, to: TargetState): void;
  /** Counts the targets whenever the metrics are read. To be called once. */
  watchTargets(list: () => readonly { readonly state: TargetState }[]): void;
}

export function createHealthMetrics(metrics: Metrics): HealthMetrics {
  const transitions = metrics.counter({
    name: 'router_breaker_transitions_total',
    help: 'Targets that this router has brought into another state, by the state.',
    labels: ['provider', 'to'],
  });
  return {
    transition(provider, to) {
      transitions.inc({ provider, to });
    },
    watchTargets(list) {
      const help = 'Targets that are not well, and those asked within ten minutes, by their state.';
      metrics.gaugeBy({ name: 'router_targets', help, labels: ['state'] }, () =>
        [...countByState(list())].map(([state, count]) => [{ state }, count]),
      );
    },
  };
}

function countByState(targets: readonly { readonly state: TargetState }[]): Map<TargetState, number> {
  // All of them are told, so that an alert on one finds a 0 where there is none.
  const counts = new Map<TargetState, number>([
    ['closed', 0],
    ['half_open', 0],
    ['open', 0],
    ['cooling_down', 0],
  ]);
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
