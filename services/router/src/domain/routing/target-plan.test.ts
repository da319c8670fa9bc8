import { strategySchema } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import type { Failure } from '../failure.ts';
import type { TargetPlan } from './target-plan.ts';
import { seededRandom } from '@weir/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aChat, namedProvider, aWorld, outage } from '../../../test/routing-world.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
const providers = names.map((name) => namedProvider(name));
const resting = { state: 'open', retryAtMs: 5_000, reason: 'upstream_error' } as const;
const limited = { fault: new Fault('upstream_rate_limited'), status: 429 };
const failureOf = (code: Fault['code'], status?: number) => ({ fault: new Fault(code), status });

/** Goes a plan: `fail` comes back with a failure of the target that was given last. */
function follow(plan: TargetPlan) {
  let current = plan.first();
  return {
    first: current,
    fail: (failure: Failure) => (current = current && plan.nextAfter(failure, current)),
  };
}

const targets = (...of: string[]) => of.map((provider) => ({ provider }));

describe('fallback', () => {
  test('targets are asked in their order, each once', () => {
    const config = { strategy: { mode: 'fallback' }, targets: targets('b', 'a', 'c') };
    expect(aWorld(providers).order(config)).toEqual(['b', 'a', 'c']);
  });

  test('a target that rests is passed over', () => {
    const world = aWorld(providers);
    world.statuses.set('b', resting);
    const config = { strategy: { mode: 'fallback' }, targets: targets('b', 'a') };
    expect(world.order(config)).toEqual(['a']);
  });

  test('only failures of the listed statuses move on, where there is a list', () => {
    const world = aWorld(providers);
    const config = { strategy: { mode: 'fallback', on_status_codes: [429] }, targets: targets('a', 'b') };
    const plan = () =>
      world.selector.plan({ tenant: 'default', config: world.compile(config), chat: aChat, metadata: {} });
    expect(follow(plan()).fail(outage)).toBeUndefined();
    expect(follow(plan()).fail(limited)?.provider.name).toBe('b');
  });

  test('a target that began to rest just before its turn is no failure that a list must name', () => {
    const world = aWorld(providers);
    const config = { strategy: { mode: 'fallback', on_status_codes: [429] }, targets: targets('a', 'b') };
    const plan = world.selector.plan({
      tenant: 'default',
      config: world.compile(config),
      chat: aChat,
      metadata: {},
    });
    expect(follow(plan).fail(failureOf('no_target_available'))?.provider.name).toBe('b');
  });

  test('to ask whether there would be another target changes nothing', () => {
    const world = aWorld(providers);
    const config = { strategy: { mode: 'fallback', on_status_codes: [500] }, targets: targets('a', 'b') };
    const plan = world.selector.plan({
      tenant: 'default',
      config: world.compile(config),
      chat: aChat,
      metadata: {},
    });
    const { fail } = follow(plan);
    expect([plan.hasNextAfter(limited), plan.hasNextAfter(outage)]).toEqual([false, true]);
    expect(fail(outage)?.provider.name).toBe('b');
    expect(plan.hasNextAfter(outage)).toBe(false);
  });

  test('a target beside another is found whatever the list says, and where there is none the way is as it was', () => {
    const world = aWorld(providers);
    const config = {
      strategy: { mode: 'fallback', on_status_codes: [429] },
      targets: targets('a', 'b'),
      context_window_fallbacks: { '*': ['c/large'] },
    };
    const plan = world.selector.plan({
      tenant: 'default',
      config: world.compile(config),
      chat: aChat,
      metadata: {},
    });
    const { fail } = follow(plan);
    expect(plan.nextRegardless()?.provider.name).toBe('b');
    expect(plan.nextRegardless()).toBeUndefined();
    expect(fail(failureOf('context_length_exceeded', 400))?.provider.name).toBe('c');
  });

  test.each([
    ['client_closed_request', 499, false],
    ['deadline_exceeded', undefined, false],
    ['internal_error', undefined, false],
    ['upstream_invalid_request', 400, false],
    ['content_policy_violation', 400, false],
    ['context_length_exceeded', 400, true],
    ['model_not_found', 404, true],
    ['upstream_credentials_rejected', 401, true],
    ['upstream_rate_limited', 429, true],
    ['upstream_stream_cut', undefined, true],
    ['upstream_unreachable', undefined, true],
    ['host_not_allowed', undefined, true],
  ] as const)('without a list, %s moves on: %s', (code, status, expected) => {
    const world = aWorld(providers);
    const config = world.compile({ strategy: { mode: 'fallback' }, targets: targets('a', 'b') });
    const plan = world.selector.plan({ tenant: 'default', config, chat: aChat, metadata: {} });
    expect(follow(plan).fail(failureOf(code, status)) !== undefined).toBe(expected);
  });

  test('the failure of an inner group moves on in the outer one', () => {
    const config = {
      strategy: { mode: 'fallback' },
      targets: [
        { strategy: { mode: 'single' }, targets: targets('a') },
        { strategy: { mode: 'fallback' }, targets: targets('b', 'c') },
      ],
    };
    expect(aWorld(providers).order(config)).toEqual(['a', 'b', 'c']);
  });
});

describe('single and conditional', () => {
  test('one target is asked and no other', () => {
    const config = { strategy: { mode: 'single' }, targets: targets('a', 'b') };
    expect(aWorld(providers).order(config)).toEqual(['a']);
  });

  const conditional = {
    strategy: {
      mode: 'conditional',
      conditions: [
        { query: { 'metadata.plan': { $eq: 'pro' } }, then: 'best' },
        { query: { 'params.max_tokens': { $gt: 1_000 } }, then: 'long' },
      ],
      default: 'rest',
    },
    targets: [
      { name: 'best', provider: 'a' },
      { name: 'long', provider: 'b' },
      { name: 'rest', provider: 'c' },
    ],
  };

  test('the first condition that holds decides, else the default', () => {
    const world = aWorld(providers);
    expect(world.order(conditional, { metadata: { plan: 'pro' }, chat: { max_tokens: 2_000 } })).toEqual([
      'a',
    ]);
    expect(world.order(conditional, { chat: { max_tokens: 2_000 } })).toEqual(['b']);
    expect(world.order(conditional)).toEqual(['c']);
  });

  test('where nothing holds and there is no default, the caller is told so', () => {
    const world = aWorld(providers);
    const config = world.compile({
      ...conditional,
      strategy: { ...conditional.strategy, default: undefined },
    });
    const plan = world.selector.plan({ tenant: 'default', config, chat: aChat, metadata: {} });
    expect(plan.first()).toBeUndefined();
    expect(plan.noTargetFault(0)).toMatchObject({ code: 'invalid_request' });
  });
});

describe('balancing', () => {
  test('the shares of a load balance are exact over time, also where targets rest', () => {
    const world = aWorld(providers);
    const config = world.compile({
      strategy: { mode: 'loadbalance' },
      targets: [
        { provider: 'a', weight: 0.7 },
        { provider: 'b', weight: 0.2 },
        { provider: 'c', weight: 0.1 },
        { provider: 'd', weight: 0 },
      ],
    });
    const count = () => {
      const counts: Record<string, number> = {};
      for (let i = 0; i < 1_000; i++) {
        const name =
          world.selector.plan({ tenant: 'default', config, chat: aChat, metadata: {} }).first()?.provider
            .name ?? '';
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    };
    const near = (expected: number) => expect.closeTo(expected, -0.5) as number;
    expect(count()).toEqual({ a: near(700), b: near(200), c: near(100) });
    world.statuses.set('a', resting);
    expect(count()).toEqual({ b: near(667), c: near(333) });
  });

  test('when the chosen target fails, the others are asked, but none of weight 0', () => {
    const config = {
      strategy: { mode: 'loadbalance' },
      targets: [{ provider: 'a' }, { provider: 'b', weight: 0 }, { provider: 'c' }],
    };
    expect(aWorld(providers).order(config).toSorted()).toEqual(['a', 'c']);
  });

  test('a caller sticks to its target, and comes back to it', () => {
    const world = aWorld(providers);
    const config = {
      strategy: { mode: 'loadbalance', sticky_session: { hash_fields: ['metadata.user'] } },
      targets: targets('a', 'b', 'c'),
    };
    const options = { metadata: { user: 'ana' } };
    const [favourite = ''] = world.order(config, options);
    for (let i = 0; i < 20; i++) expect(world.order(config, options)[0]).toBe(favourite);
    world.statuses.set(favourite, resting);
    expect(world.order(config, options)[0]).not.toBe(favourite);
    world.statuses.clear();
    expect(world.order(config, options)[0]).toBe(favourite);
  });

  test('cost asks the cheapest first, and what has no price last', () => {
    const world = aWorld(providers);
    world.prices.set('a', 30).set('b', 10).set('d', 20);
    const config = { strategy: { mode: 'cost' }, targets: targets('a', 'b', 'c', 'd') };
    expect(world.order(config)).toEqual(['b', 'd', 'a', 'c']);
  });

  test('least busy asks the one with the fewest requests in flight', () => {
    const world = aWorld(providers);
    world.inFlight.set('a', 3).set('b', 1).set('c', 2);
    const config = { strategy: { mode: 'least_busy' }, targets: targets('a', 'b', 'c') };
    expect(world.order(config)).toEqual(['b', 'c', 'a']);
  });

  test('by latency the slowest of all is never asked first', () => {
    const world = aWorld(providers);
    world.latencies.set('a', 10).set('b', 20).set('c', 900);
    const config = { strategy: { mode: 'latency' }, targets: targets('a', 'b', 'c') };
    for (let i = 0; i < 50; i++) expect(world.order(config)[0]).not.toBe('c');
  });

  test('a group is judged by those of its targets that it would ask', () => {
    const world = aWorld(providers);
    world.prices.set('a', 100).set('b', 1).set('c', 10);
    const single = { strategy: { mode: 'single' }, targets: targets('a', 'b') };
    const config = { strategy: { mode: 'cost' }, targets: [single, { provider: 'c' }] };
    expect(world.order(config)).toEqual(['c', 'a']);
  });

  test('where callers are kept at a target, those that cannot be told apart have their turns', () => {
    const world = aWorld(providers);
    const config = world.compile({
      strategy: { mode: 'loadbalance', sticky_session: { hash_fields: ['metadata.user'] } },
      targets: [{ provider: 'a', weight: 2 }, { provider: 'b' }, { provider: 'c' }],
    });
    const first: Record<string, number> = {};
    for (let i = 0; i < 400; i++) {
      const { first: chosen, fail } = follow(
        world.selector.plan({ tenant: 'default', config, chat: aChat, metadata: {} }),
      );
      const name = chosen?.provider.name ?? '';
      first[name] = (first[name] ?? 0) + 1;
      fail(outage);
    }
    expect(first).toEqual({ a: 200, b: 100, c: 100 });
  });

  test('a group among others is as cheap as its cheapest target', () => {
    const world = aWorld(providers);
    world.prices.set('a', 20).set('b', 90).set('c', 10);
    const config = {
      strategy: { mode: 'cost' },
      targets: [{ provider: 'a' }, { strategy: { mode: 'cost' }, targets: targets('b', 'c') }],
    };
    expect(world.order(config)).toEqual(['c', 'b', 'a']);
  });
});

describe('what a target cannot do', () => {
  const blind = namedProvider('a', [{ id: 'm', takesImages: false, takesTools: false, contextTokens: 100 }]);
  const world = aWorld([blind, namedProvider('b', [{ id: 'm', contextTokens: 1_000 }])]);
  const config = { strategy: { mode: 'fallback' }, targets: targets('a', 'b') };
  const image = { type: 'image_url' as const, image_url: { url: 'https://example.com/x.png' } };
  const long = (characters: number) => [{ role: 'user' as const, content: 'x'.repeat(characters) }];

  test('a target that takes no images, no tools, or no request so long is passed over', () => {
    expect(world.order(config)).toEqual(['a', 'b']);
    expect(world.order(config, { chat: { messages: [{ role: 'user', content: [image] }] } })).toEqual(['b']);
    const tool = { type: 'function' as const, function: { name: 'f' } };
    expect(world.order(config, { chat: { tools: [tool] } })).toEqual(['b']);
    expect(world.order(config, { chat: { messages: long(2_000) } })).toEqual(['b']);
  });

  test('what is too long for all is put to the one with the largest window, whose word is the last', () => {
    expect(world.order(config, { chat: { messages: long(20_000) } })).toEqual(['b']);
  });

  test('where none takes images the caller is told so', () => {
    const plan = world.selector.plan({
      tenant: 'default',
      config: world.compile({ provider: 'a' }),
      chat: { ...aChat, messages: [{ role: 'user', content: [image] }] },
      metadata: {},
    });
    expect(plan.first()).toBeUndefined();
    expect(plan.noTargetFault(0)).toMatchObject({
      code: 'unsupported_parameter',
      message: 'No target of the routing config takes images.',
    });
  });
});

describe('models that take over', () => {
  const world = aWorld([
    namedProvider('a', [{ id: 'm' }]),
    namedProvider('b', [{ id: 'large' }, { id: 'lenient' }]),
  ]);
  const config = world.compile({
    strategy: { mode: 'fallback' },
    targets: targets('a', 'b'),
    context_window_fallbacks: [{ m: ['large'] }],
    content_policy_fallbacks: { '*': ['b/lenient'] },
  });
  const begin = () => world.selector.plan({ tenant: 'default', config, chat: aChat, metadata: {} });

  test.each([
    ['context_length_exceeded', 'large'],
    ['content_policy_violation', 'lenient'],
  ] as const)('%s goes to the configured model, and to no other target', (code, model) => {
    const { fail } = follow(begin());
    const next = fail(failureOf(code, 400));
    expect([next?.provider.name, next?.model.id]).toEqual(['b', model]);
    expect(fail(failureOf(code, 400))).toBeUndefined();
  });

  test('of several models each is tried, whatever the one before it has failed by', () => {
    const several = world.compile({
      provider: 'a',
      content_policy_fallbacks: { '*': ['b/large', 'b/lenient'] },
    });
    const { fail } = follow(
      world.selector.plan({ tenant: 'default', config: several, chat: aChat, metadata: {} }),
    );
    expect(fail(failureOf('content_policy_violation', 400))?.model.id).toBe('large');
    expect(fail(failureOf('upstream_invalid_request', 400))?.model.id).toBe('lenient');
    expect(fail(failureOf('content_policy_violation', 400))).toBeUndefined();
  });

  test('each kind of failure has its models take over once, one after the other', () => {
    const { fail } = follow(begin());
    expect(fail(failureOf('context_length_exceeded', 400))?.model.id).toBe('large');
    expect(fail(failureOf('content_policy_violation', 400))?.model.id).toBe('lenient');
    expect(fail(failureOf('context_length_exceeded', 400))).toBeUndefined();
  });

  test('what counts is the model that failed, and not only the one that was asked for', () => {
    const overridden = world.compile({
      model_aliases: { small: 'm', huge: 'b/large' },
      override_params: { model: 'small' },
      context_window_fallbacks: { small: ['huge'] },
    });
    const plan = world.selector.plan({
      tenant: 'default',
      config: overridden,
      chat: { ...aChat, model: 'whatever' },
      metadata: {},
    });
    const { first, fail } = follow(plan);
    expect(first?.model.id).toBe('m');
    expect(fail(failureOf('context_length_exceeded', 400))?.model.id).toBe('large');
  });

  test('a request that seems too long for all goes to them at once, also where the small model rests', () => {
    const small = namedProvider('a', [{ id: 'm', contextTokens: 10 }]);
    const narrow = aWorld([small, namedProvider('b', [{ id: 'large' }])]);
    const chat = { ...aChat, messages: [{ role: 'user' as const, content: 'x'.repeat(1_000) }] };
    const compiled = narrow.compile({ provider: 'a', context_window_fallbacks: ['b/large'] });
    for (const isResting of [false, true]) {
      if (isResting) narrow.statuses.set('a', resting);
      const plan = narrow.selector.plan({ tenant: 'default', config: compiled, chat, metadata: {} });
      expect(plan.first()?.model.id).toBe('large');
    }
  });

  test('conditions see a model without its alias', () => {
    const conditional = world.compile({
      model_aliases: { smart: 'b/large' },
      strategy: {
        mode: 'conditional',
        conditions: [{ query: { 'params.model': { $regex: '^b/' } }, then: 'x' }],
        default: 'y',
      },
      targets: [
        { name: 'x', provider: 'b' },
        { name: 'y', provider: 'a' },
      ],
    });
    const plan = world.selector.plan({
      tenant: 'default',
      config: conditional,
      chat: { ...aChat, model: 'smart' },
      metadata: {},
    });
    expect(plan.first()?.provider.name).toBe('b');
  });

  test('an alias is resolved before anything else', () => {
    const aliased = world.compile({ model_aliases: { fast: 'b/large' } });
    const plan = world.selector.plan({
      tenant: 'default',
      config: aliased,
      chat: { ...aChat, model: 'fast' },
      metadata: {},
    });
    expect(plan.model).toBe('b/large');
    expect(plan.first()?.model.id).toBe('large');
  });
});

describe('whatever the config', () => {
  // These two have targets that no request reaches.
  const mode = fc.constantFrom(
    ...strategySchema.shape.mode.options.filter((each) => each !== 'single' && each !== 'conditional'),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ provider: fc.constantFrom(...names), weight: fc.constantFrom(1, 0.5, 7) }),
      fc.record({
        strategy: fc.record({ mode }),
        targets: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
      }),
    ),
  }));
  interface Tree {
    provider?: string;
    targets?: Tree[];
  }
  const leaves = ({ provider, targets: below = [] }: Tree): string[] =>
    provider === undefined ? below.flatMap(leaves) : [provider];

  test('in every mode each target is tried once or passed over once, and none that is unhealthy is tried', () => {
    fc.assert(
      fc.property(tree, fc.subarray([...names]), fc.integer(), (config, down, seed) => {
        const world = aWorld(providers, seededRandom(seed));
        for (const name of down) world.statuses.set(name, resting);
        const plan = world.selector.plan({
          tenant: 'default',
          config: world.compile(config),
          chat: aChat,
          metadata: {},
        });
        const asked: string[] = [];
        for (let next = plan.first(); next; next = plan.nextAfter(outage, next)) {
          asked.push(next.provider.name);
        }
        const passedOver = plan.unavailable.map(({ target }) => target.provider?.name ?? '');
        expect([...asked, ...passedOver].toSorted()).toEqual(leaves(config as Tree).toSorted());
        expect(asked.filter((name) => down.includes(name as (typeof names)[number]))).toEqual([]);
      }),
    );
  });

  test('where all rest, the caller hears when the first is back', () => {
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 10_000 }), (config, soonestMs) => {
        const world = aWorld(providers);
        const used = [...new Set(leaves(config as Tree))];
        used.forEach((name, index) => {
          world.statuses.set(name, { ...resting, retryAtMs: soonestMs + 1_000 * index });
        });
        const plan = world.selector.plan({
          tenant: 'default',
          config: world.compile(config),
          chat: aChat,
          metadata: {},
        });
        expect(plan.first()).toBeUndefined();
        expect(plan.noTargetFault(0)).toMatchObject({
          code: 'no_target_available',
          details: { retryAfterMs: soonestMs },
        });
      }),
    );
  });
});
