import { createMetrics } from '@weir/service-kit/metrics';
import { expect, test } from 'vitest';
import { createHealthMetrics } from './health-metrics.ts';

test('the targets are counted by their state whenever somebody looks, the absent states too', async () => {
  const metrics = createMetrics('router');
  const targets: { state: 'closed' | 'open' }[] = [{ state: 'open' }, { state: 'closed' }, { state: 'open' }];
  createHealthMetrics(metrics).watchTargets(() => targets);
  expect(await metrics.expose()).toContain('weir_router_targets{state="open",service="router"} 2');
  targets.length = 0;
  const text = await metrics.expose();
  expect(text).toContain('weir_router_targets{state="open",service="router"} 0');
  expect(text).toContain('weir_router_targets{state="cooling_down",service="router"} 0');
});

test('transitions are counted by provider and state', async () => {
  const metrics = createMetrics('router');
  const health = createHealthMetrics(metrics);
  health.transition('openai', 'open');
  health.transition('openai', 'open');
  expect(await metrics.expose()).toContain(
    'weir_router_breaker_transitions_total{provider="openai",to="open",service="router"} 2',
  );
});
