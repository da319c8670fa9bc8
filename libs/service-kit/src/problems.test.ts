import { expect, test, vi } from 'vitest';
import type { Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { Problems } from './problems.ts';

const disabled = {
  code: 'jetstream_disabled',
  message: 'JetStream is off: enable it in nats-server',
} as const;

function start() {
  const logger = { warn: vi.fn(), info: vi.fn() };
  const metrics = createMetrics('router');
  return { logger, metrics, problems: new Problems({ logger: logger as unknown as Logger, metrics }) };
}

test('a problem that lasts is logged once, and once more when it has gone', () => {
  const { logger, problems } = start();
  for (let times = 0; times < 3; times++) problems.report('nats', { ...disabled, blocks: true });
  problems.clear('nats');
  problems.clear('nats');
  expect(logger.warn.mock.calls).toEqual([
    [{ problem: 'nats', code: 'jetstream_disabled' }, disabled.message],
  ]);
  expect(logger.info).toHaveBeenCalledOnce();
});

test('only what blocks keeps a process from being ready, and all is told', async () => {
  const { metrics, problems } = start();
  problems.report('nats', { ...disabled, blocks: true });
  problems.report('clock', { code: 'clock_skewed', message: 'check its clock', blocks: false });
  expect(problems.missing).toEqual([disabled.message]);
  expect(problems.list()).toEqual([disabled, { code: 'clock_skewed', message: 'check its clock' }]);
  expect(await metrics.expose()).toContain('weir_problems{code="clock_skewed",service="router"} 1');
});
