import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import type { RoutingAccess } from '@weir/contracts/access-policy';
import type { RequestOf } from '@weir/contracts/descriptors';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { aWorld, namedProvider } from '../../test/routing-world.ts';
import { createDryRunRouting } from './dry-run-routing.ts';

const providers = [namedProvider('a'), namedProvider('b'), namedProvider('c')];

/** Dry runs of one config in a world of which a test says how its providers are. */
function dryRunOf(config: object) {
  const world = aWorld(providers);
  const compiled = world.compile(config);
  const configs = { resolve: () => ({ name: 'chat', compiled }) };
  const handler = createDryRunRouting({ configs, selector: world.selector });
  const run = async (
    request: RequestOf<typeof dryRunRouting>['request'] = { model: 'm' },
    access?: RoutingAccess,
  ) => {
    const signal = new AbortController().signal;
    const reply = await handler({
      data: { request },
      envelope: { ...testEnvelope(), ...(access && { access }) },
      signal,
    });
    return dryRunRouting.reply.parse(reply);
  };
  return { world, run };
}

const targets = [{ provider: 'a', name: 'first' }, { provider: 'b' }];

test('every target of the request is shown, with its place in the config and why it has its turn', async () => {
  const { run } = dryRunOf({ strategy: { mode: 'fallback' }, targets });
  expect(await run()).toMatchObject({
    config: 'chat',
    model: 'm',
    targets: [
      { path: 'targets[0]', target: 'first', provider: 'a', model: 'm' },
      { path: 'targets[1]', target: 'targets[1]', provider: 'b', reason: /number 2/ },
    ],
    passed_over: [],
  });
});

test('an unhealthy target is shown as passed over, with the time until which it is', async () => {
  const { run, world } = dryRunOf({ strategy: { mode: 'fallback' }, targets });
  world.statuses.set('a', { state: 'open', retryAtMs: 5_000, reason: 'upstream_error' });
  const { targets: shown, passed_over: passedOver } = await run();
  expect(shown.map(({ provider }) => provider)).toEqual(['b']);
  expect(passedOver).toMatchObject([{ provider: 'a', reason: /1970-01-01T00:00:05.000Z.*upstream_error/ }]);
});

test('a target that the key may not use is shown as passed over', async () => {
  const { run } = dryRunOf({ strategy: { mode: 'fallback' }, targets });
  const { targets: shown, passed_over: passedOver } = await run(undefined, { providers: [['b']] });
  expect(shown.map(({ provider }) => provider)).toEqual(['b']);
  expect(passedOver).toMatchObject([{ provider: 'a', reason: 'The key may not use this provider.' }]);
});

test('a dry run takes no turn of the round robin', async () => {
  const { run } = dryRunOf({ strategy: { mode: 'loadbalance' }, targets });
  const first = await run();
  expect(await run()).toEqual(first);
});
