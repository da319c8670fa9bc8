import { routerStatus } from '@weir/contracts/routing/insight';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { createRouterStatus } from './router-status.ts';

test('the status has how many configs there are, and the targets that health lists', async () => {
  const target = {
    provider: 'openai',
    model: 'gpt-5',
    host: 'api.openai.com',
    credential: '0011aabb',
    state: 'open' as const,
    until: '2026-03-01T12:00:00.000Z',
    reason: 'upstream_error' as const,
  };
  const status = createRouterStatus({ configs: { size: 3 }, health: { list: () => [target] } });
  const signal = new AbortController().signal;
  const reply = await status({ data: {}, envelope: testEnvelope(), signal });
  expect(routerStatus.reply.parse(reply)).toEqual({ configs: 3, targets: [target] });
});
