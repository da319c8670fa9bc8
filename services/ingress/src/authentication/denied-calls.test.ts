import { beforeEach, expect, test } from 'vitest';
import { listTeams } from '@weir/contracts/admin/teams';
import { listUsers } from '@weir/contracts/admin/users';
import { createMetrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import { FakeBus } from '../../test/fake-bus.ts';
import { DeniedCalls } from './denied-calls.ts';

let bus: FakeBus;
let clock: FakeClock;
let metrics: ReturnType<typeof createMetrics>;
let denied: DeniedCalls;
beforeEach(() => {
  bus = new FakeBus();
  clock = new FakeClock();
  metrics = createMetrics('ingress');
  denied = new DeniedCalls({ bus, clock, metrics });
});

const deny = (id: string, { http } = listTeams as typeof listTeams | typeof listUsers) => {
  denied.add(http, { id, address: '203.0.113.7', sealingKey: 'for-replies' }, 'the-request');
};

test('the audit log is told of each admin key and route once in ten seconds, however many there are', () => {
  for (let n = 0; n < 1_000; n++) deny('admin001');
  expect(bus.published).toHaveLength(1);
  deny('admin002');
  deny('admin001', listUsers);
  expect(bus.published).toHaveLength(3);
  // Those that are not told do not put off the next that is.
  clock.advance(9_999);
  deny('admin001');
  expect(bus.published).toHaveLength(3);
  clock.advance(2);
  deny('admin001');
  expect(bus.published).toHaveLength(4);
});

test('every denied call is counted, by its route and not by what was in its path', async () => {
  for (let n = 0; n < 1_000; n++) deny(`a${n}`);
  const exposed = await metrics.expose();
  expect(exposed).toContain(
    'weir_admin_calls_denied_total{method="GET",path="/admin/v1/teams",service="ingress"} 1000',
  );
  expect(exposed.match(/^weir_admin_calls_denied_total\{/gm)).toHaveLength(1);
});
