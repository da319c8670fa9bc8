import type { RoutingAccess } from '@weir/contracts/access-policy';
import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aWorld, namedProvider } from '../../../test/routing-world.ts';

const limits = { contextTokens: 10 };
const world = aWorld([
  namedProvider('a', [{ id: 'm' }, { id: 'cheap' }, { id: 'small', ...limits }]),
  namedProvider('b', [{ id: 'n' }]),
]);

const both = {
  strategy: { mode: 'fallback' },
  targets: [{ provider: 'a' }, { provider: 'b', override_params: { model: 'n' } }],
};

const inRequest = { isStored: false };

function faultOf(config: unknown, access: RoutingAccess, options: object = {}): Fault {
  const plan = world.plan(config, { access, ...options });
  expect(plan.first()).toBeUndefined();
  return plan.noTargetFault(0);
}

test.each<[string, RoutingAccess, string[]]>([
  ['nothing is restricted', {}, ['a', 'b']],
  ['a provider is', { providers: [['b']] }, ['b']],
  ['a model is', { models: [['n']] }, ['b']],
  ['the name that is asked for is allowed', { models: [['m']] }, ['a', 'b']],
])('of a stored config, targets that are not allowed are passed over: %s', (_, access, expected) => {
  expect(world.order(both, { access })).toEqual(expected);
});

test('a config that came with the request makes no name into another model', () => {
  expect(world.order(both, { access: { models: [['m']] }, ...inRequest })).toEqual(['a']);
  const renaming = { model_aliases: { m: 'cheap' } };
  expect(faultOf(renaming, { models: [['m']] }, inRequest).code).toBe('model_not_allowed');
  expect(world.order(renaming, { access: { models: [['m']] } })).toEqual(['a']);
  const overriding = { provider: 'a', override_params: { model: 'cheap' } };
  expect(faultOf(overriding, { models: [['m']] }, inRequest).code).toBe('model_not_allowed');
});

test('where no target is allowed the fault says what is not', () => {
  expect(faultOf({}, { models: [['cheap']] })).toMatchObject({
    code: 'model_not_allowed',
    message: 'The API key may not use the model "m".',
    details: { param: 'model' },
    status: 403,
  });
  expect(faultOf(both, { providers: [['c']] })).toMatchObject({ code: 'provider_not_allowed', status: 403 });
  const host = { custom_host: 'https://llm.example.com/v1' };
  expect(faultOf(host, { customHosts: [['other.example.com']] }, inRequest).code).toBe(
    'custom_host_not_allowed',
  );
  expect(world.order(host, { access: { customHosts: [['llm.example.com']] }, ...inRequest })).toEqual([
    'custom',
  ]);
  expect(world.order(host, { access: { customHosts: [[]] } })).toEqual(['custom']);
});

test('an unhealthy target that is allowed is worth another try, so that the fault says so', () => {
  world.statuses.set('b', { state: 'open', retryAtMs: 5_000, reason: 'upstream_error' });
  expect(faultOf(both, { providers: [['b']] }).code).toBe('no_target_available');
  world.statuses.delete('b');
});

test('models that take over after a failure, or where a request is too long, have to be allowed too', () => {
  const access = { models: [['small']] };
  const long = { model: 'small', messages: [{ role: 'user' as const, content: 'x'.repeat(1_000) }] };
  const config = { context_window_fallbacks: ['cheap'], content_policy_fallbacks: ['cheap'] };
  const plan = world.plan(config, { access, chat: long, ...inRequest });
  const only = plan.first();
  expect(only?.model.id).toBe('small');
  const refusal = { fault: new Fault('content_policy_violation') };
  expect(only && plan.nextAfter(refusal, only)).toBeUndefined();
  expect(world.plan(config, { chat: long, ...inRequest }).first()?.model.id).toBe('cheap');
});

test('a model that a provider is to choose by itself has to be allowed too', () => {
  const access = { models: [['m']] };
  const chat = { models: ['m', 'cheap'] };
  expect(faultOf({}, access, { chat }).code).toBe('model_not_allowed');
  expect(faultOf({ override_params: chat }, access, inRequest).code).toBe('model_not_allowed');
  expect(world.order({}, { access, chat: { models: ['m'] } })).toEqual(['a']);
});

test('a target that is passed over says why', () => {
  const plan = world.plan(both, { access: { providers: [['b']] } });
  plan.first();
  expect(plan.unavailable).toMatchObject([{ reason: { kind: 'forbidden', what: 'provider' } }]);
});

const names = ['a', 'b', 'c'].map((name) => namedProvider(name, [{ id: 'x' }, { id: 'y' }]));
const everything = aWorld(names);
const target = fc.record({
  provider: fc.constantFrom('a', 'b', 'c'),
  override_params: fc.option(fc.record({ model: fc.constantFrom('x', 'y') }), { nil: undefined }),
});
const { node } = fc.letrec<{ node: object; group: object }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', maxDepth: 5 }, target, tie('group')),
  group: fc
    .record({
      mode: fc.constantFrom('fallback', 'loadbalance', 'latency', 'least_busy', 'cost', 'single'),
      targets: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    })
    .map(({ mode, targets }) => ({ strategy: { mode }, targets })),
}));
const list = fc.subarray(['a', 'b', 'c', '*']);
const models = fc.subarray(['x', 'y', 'a/*', 'b/x']);

test('whatever the strategy, and whatever fails, no target is tried that is not allowed', () => {
  fc.assert(
    fc.property(node, list, models, (config, providers, allowed) => {
      const access = { providers: [providers], models: [allowed] };
      const plan = everything.plan(config, { access, chat: { model: 'x' }, ...inRequest });
      for (let next = plan.first(); next; next = plan.nextRegardless()) {
        const { name } = next.provider;
        const { id } = next.model;
        expect(providers.includes(name) || providers.includes('*')).toBe(true);
        expect(
          allowed.includes(id) || allowed.includes(`${name}/${id}`) || allowed.includes(`${name}/*`),
        ).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
