import { routingConfigSchema, strategySchema } from '@weir/contracts/routing/config';
import type { Fault } from '@weir/service-kit/fault';
import { describeIssue, schemaFault } from '@weir/service-kit/schema-fault';
import { describe, expect, test } from 'vitest';
import { namedProvider } from '../../../test/routing-world.ts';
import { compileConfig } from './compile.ts';
import type { ProviderReference } from './provider-finder.ts';
import { defaultPolicy } from './compile-policy.ts';
import type { Group, Target } from './compiled-config.ts';

const asked: ProviderReference[] = [];
const finder = {
  find(what: ProviderReference) {
    asked.push(what);
    if (what.customHost === 'https://10.0.0.1')
      return { field: 'custom_host' as const, message: 'is private' };
    return what.provider === 'nobody'
      ? { field: 'provider' as const, message: 'is no provider' }
      : namedProvider(what.provider ?? 'custom');
  },
};

const compile = (config: unknown) => compileConfig(routingConfigSchema.parse(config), finder);

function refusalOf(config: unknown): [string, string | undefined] {
  const parsed = routingConfigSchema.safeParse(config, { error: describeIssue });
  const { message, details } = parsed.success
    ? thrownBy(() => compileConfig(parsed.data, finder))
    : schemaFault(parsed.error, { code: 'invalid_config', whole: 'The config' });
  return [message, details.param];
}

function thrownBy(action: () => unknown): Fault {
  try {
    action();
  } catch (thrown) {
    return thrown as Fault;
  }
  throw new Error('Nothing was thrown.');
}

describe('what a config says', () => {
  test('of an empty one the model decides, asked once', () => {
    expect(compile({}).root).toMatchObject({
      kind: 'target',
      path: 'config',
      provider: undefined,
      policy: defaultPolicy,
    });
  });

  test('both spellings mean the same', () => {
    const snake = {
      strategy: { mode: 'fallback', on_status_codes: [429] },
      targets: [
        {
          provider: 'a',
          custom_host: 'https://x.example',
          override_params: { maxTokens: 3 },
          retry: { attempts: 2, use_retry_after_header: false },
          request_timeout: 100,
        },
      ],
    };
    const camel = {
      strategy: { mode: 'fallback', onStatusCodes: [429] },
      targets: [
        {
          provider: 'a',
          customHost: 'https://x.example',
          overrideParams: { maxTokens: 3 },
          retry: { attempts: 2, useRetryAfterHeaders: false },
          requestTimeout: 100,
        },
      ],
    };
    expect(JSON.stringify(compile(camel))).toBe(JSON.stringify(compile(snake)));
    const root = compile(camel).root as Group;
    expect(root.onStatusCodes).toEqual(new Set([429]));
    expect(root.children[0]).toMatchObject({ policy: { retry: { attempts: 2, usesRetryAfter: false } } });
  });

  test('targets have what their groups hand down, and their own before it', () => {
    const { children } = compile({
      retry: { attempts: 1 },
      request_timeout: 1_000,
      override_params: { temperature: 0.1, model: 'x' },
      strategy: { mode: 'fallback', cb_config: { failure_threshold: 2, cooldown_interval: 9_000 } },
      targets: [
        { provider: 'a' },
        { provider: 'b', retry: { attempts: 3 }, override_params: { model: 'y' } },
      ],
    }).root as Group;
    const [first, second] = children as [Target, Target];
    expect(first.policy).toMatchObject({
      retry: { attempts: 1 },
      timeouts: { totalMs: 1_000 },
      breaker: { failures: 2, openMs: 9_000, failureRate: 0.5 },
    });
    expect(first.overrides).toEqual({ temperature: 0.1, model: 'x' });
    expect(second.policy.retry.attempts).toBe(3);
    expect(second.policy.timeouts.totalMs).toBe(1_000);
    expect(second.overrides).toEqual({ temperature: 0.1, model: 'y' });
  });

  test('the longest time of a breaker is handed down, and that of the breaker itself goes before it', () => {
    const { children } = compile({
      max_cooldown: 20_000,
      strategy: { mode: 'fallback' },
      targets: [
        { provider: 'a' },
        { provider: 'b', maxCooldown: 30_000 },
        { strategy: { mode: 'single', cb_config: { max_cooldown: 40_000 } }, targets: [{ provider: 'c' }] },
      ],
    }).root as Group;
    const targets = children.flatMap((child) =>
      child.kind === 'group' ? child.children : child,
    ) as Target[];
    expect(targets.map(({ policy }) => policy.breaker.maxOpenMs)).toEqual([20_000, 30_000, 40_000]);
  });

  test('where a breaker is given a rate alone, failures in a row do not open it', () => {
    const config = {
      strategy: { mode: 'single', cb_config: { failure_threshold_percentage: 20 } },
      targets: [{}],
    };
    const [target] = (compile(config).root as Group).children as [Target];
    expect(target.policy.breaker).toMatchObject({ failures: Infinity, failureRate: 0.2 });
  });

  test('a target that is judged by limits of its own has a health of its own', () => {
    const scopeOf = (config: unknown) => (compile(config).root as Target).policy.healthScope.id;
    expect(scopeOf({ provider: 'a' })).toBe('');
    expect(scopeOf({ provider: 'a', retry: { attempts: 5 } })).toBe('');
    const [one, same, other] = [10, 10, 20].map((ms) => scopeOf({ provider: 'a', request_timeout: ms }));
    expect(one).not.toBe('');
    expect(one).toBe(same);
    expect(one).not.toBe(other);
  });

  test.each(['credential', 'virtual_key', 'virtualKey'])('%s is the name of a credential', (field) => {
    const { root, tenantTargets } = compile({ [field]: 'nobody' });
    expect(root).toMatchObject({
      provider: undefined,
      credential: { name: 'nobody', isProviderName: false },
    });
    expect(tenantTargets).toEqual([root]);
    expect(compile({ provider: 'a', [field]: 'nobody' }).root).toMatchObject({
      provider: { name: 'a' },
      credential: { name: 'nobody', besideProvider: 'a', isProviderName: false },
    });
  });

  test('a virtual key may be the name of a provider, and is one where the config brings a key or a host', () => {
    expect(compile({ virtual_key: 'a' }).root).toMatchObject({ credential: { isProviderName: true } });
    asked.length = 0;
    const { root, tenantTargets } = compile({ virtual_key: 'openai-prod', api_key: 'k' });
    expect(asked).toEqual([{ provider: 'openai-prod', apiKey: 'k', customHost: undefined }]);
    expect(root).toMatchObject({ provider: { name: 'openai-prod' }, credential: undefined });
    expect(tenantTargets).toEqual([]);
  });

  test('what has no effect is said', () => {
    const config = {
      cache: { mode: 'simple' },
      strategy: { mode: 'single' },
      targets: [{ provider: 'a', cache: { mode: 'simple' }, forward_headers: ['x-a'] }],
    };
    expect(compile(config).warnings).toEqual([
      'targets[0].cache has no effect',
      'targets[0].forward_headers has no effect',
    ]);
  });

  test.each([[{ m: ['a'], '*': ['b'] }], [[{ m: ['a'] }, { '*': ['b'] }]]])(
    'model fallbacks are understood as %j',
    (said) => {
      const { contextWindowFallbacks } = compile({ context_window_fallbacks: said });
      expect([...contextWindowFallbacks]).toEqual([
        ['m', ['a']],
        ['*', ['b']],
      ]);
    },
  );

  test('a plain list of models takes over from every model', () => {
    expect(compile({ content_policy_fallbacks: ['a', 'b'] }).contentPolicyFallbacks.get('*')).toEqual([
      'a',
      'b',
    ]);
  });
});

const one = { provider: 'a' };
test.each<[string, unknown, string | undefined]>([
  ['The config must be an object.', [], undefined],
  ['strateggy is not a known field.', { strateggy: {} }, 'strateggy'],
  [
    `strategy.mode must be one of ${strategySchema.shape.mode.options.map((mode) => JSON.stringify(mode)).join(', ')}.`,
    { strategy: { mode: 'random' }, targets: [one] },
    'strategy.mode',
  ],
  ['targets is required beside "strategy".', { strategy: { mode: 'single' } }, 'targets'],
  ['strategy is required beside "targets".', { targets: [one] }, 'strategy'],
  ['targets must have at least 1 item.', { strategy: { mode: 'single' }, targets: [] }, 'targets'],
  [
    'targets[0].targets[0].wait is not a known field.',
    {
      strategy: { mode: 'single' },
      targets: [{ strategy: { mode: 'single' }, targets: [{ wait: 1 }] }],
    },
    'targets[0].targets[0].wait',
  ],
  ['retry.attempts must be at most 5.', { ...one, retry: { attempts: 6 } }, 'retry.attempts'],
  ['provider is no provider.', { provider: 'nobody' }, 'provider'],
  [
    'targets[1].custom_host is private.',
    { strategy: { mode: 'fallback' }, targets: [one, { custom_host: 'https://10.0.0.1' }] },
    'targets[1].custom_host',
  ],
  ['mirror.provider is no provider.', { ...one, mirror: { provider: 'nobody' } }, 'mirror.provider'],
  [
    'override_params.temperature must be a number.',
    { ...one, override_params: { temperature: 'hot' } },
    'override_params.temperature',
  ],
  [
    'override_params.stream cannot be overridden.',
    { override_params: { stream: true } },
    'override_params.stream',
  ],
  [
    'strategy.conditions[0].then must be the name of one of the targets.',
    {
      strategy: { mode: 'conditional', conditions: [{ query: { 'metadata.a': 1 }, then: 'x' }] },
      targets: [{ name: 'y' }],
    },
    'strategy.conditions[0].then',
  ],
  [
    'strategy.conditions[0].query.user must be $and, $or, or a field that begins with "metadata." or "params.".',
    {
      strategy: { mode: 'conditional', conditions: [{ query: { user: 1 }, then: 'y' }] },
      targets: [{ name: 'y' }],
    },
    'strategy.conditions[0].query.user',
  ],
  [
    "strategy.conditions[0].query holds a $regex that is no pattern in RE2's syntax.",
    {
      strategy: {
        mode: 'conditional',
        conditions: [{ query: { 'metadata.a': { $regex: '(?=x)' } }, then: 'y' }],
      },
      targets: [{ name: 'y' }],
    },
    'strategy.conditions[0].query',
  ],
  [
    'input_guardrails[0] must be the name of a guardrail policy.',
    { ...one, input_guardrails: [{ 'default.contains': { words: ['x'] } }] },
    'input_guardrails[0]',
  ],
  [
    'virtual_key must not stand beside "credential", which means the same.',
    { credential: 'a', virtual_key: 'b' },
    'virtual_key',
  ],
  ['api_key must not stand beside "credential".', { credential: 'a', api_key: 'b' }, 'api_key'],
  [
    'mirror.custom_host must not stand beside "credential".',
    { ...one, mirror: { credential: 'a', custom_host: 'https://llm.example.com/v1' } },
    'mirror.custom_host',
  ],
  ['provider is no provider.', { provider: 'nobody', virtual_key: 'a' }, 'provider'],
  [
    'api_key belongs to a target, and not beside "targets".',
    { api_key: 'x', strategy: { mode: 'single' }, targets: [one] },
    'api_key',
  ],
  [
    'targets must have a weight above 0, at least one of them.',
    { strategy: { mode: 'loadbalance' }, targets: [{ ...one, weight: 0 }] },
    'targets',
  ],
])('%s', (message, config, param) => {
  expect(refusalOf(config)).toEqual([message, param]);
});

test('a config that nests too deeply, or holds too many targets, is refused', () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? one : { strategy: { mode: 'single' }, targets: [nested(depth - 1)] };
  expect(refusalOf(nested(8))[0]).toMatch(/is nested more than 8 levels deep/);
  const wide = { strategy: { mode: 'single' }, targets: Array(60).fill(one) };
  const huge = { strategy: { mode: 'single' }, targets: Array(6).fill(wide) };
  expect(refusalOf(huge)[0]).toMatch(/must not hold more than 256 targets in all/);
  const query = { $or: Array(17).fill({ 'metadata.a': { $regex: 'x' } }) };
  const patterned = {
    strategy: { mode: 'conditional', conditions: [{ query, then: 'y' }] },
    targets: [{ name: 'y' }],
  };
  expect(refusalOf(patterned)[0]).toMatch(/The config must not hold more than 16 patterns/);
});
