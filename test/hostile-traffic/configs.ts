import type { Expected, HostileCase } from '../helpers/hostile/hostile-case.ts';
import { canaryKey } from '../helpers/hostile/canary-key.ts';
import { list, nested } from './texts.ts';

const refused: Expected = { status: 400, code: ['invalid_config', 'invalid_header'] };

type Row = readonly [id: string, promise: string, config: (upstream: string) => object, expected?: Expected];

const target = (upstream: string, apiKey = canaryKey) => ({
  provider: 'openai',
  custom_host: upstream,
  api_key: apiKey,
});

/** A condition on the end user with this pattern. */
const withPattern = (pattern: string) => (upstream: string) => ({
  strategy: {
    mode: 'conditional',
    conditions: [{ query: { 'params.user': { $regex: pattern } }, then: 'only' }],
    default: 'only',
  },
  targets: [{ name: 'only', ...target(upstream) }],
});

/** L2: patterns whose counts multiply. Those that are taken have to be quick. */
const patterns = [
  String.raw`((\pL{31}){31})`,
  '(((a{10}){10}){3})',
  '((((a{5}){5}){5}){5})',
  '(a|b|c|d|e|f|g|h){64}',
  '(?:(?:(?:a?){31}){31}){31}',
  '(a+)+$',
  '(a|a)*b',
  '[a-z]{1000}{1000}',
];

/** L5: what somebody copied from a page that hides it. */
const masks = [
  '****abcd',
  'sk-...abcd',
  'sk-****************abcd',
  '••••••••abcd',
  'REDACTED',
  '[redacted]',
  '<your key>',
  'YOUR_API_KEY',
  'sk-…abcd',
];

const rows: readonly Row[] = [
  ...patterns.map((pattern, index): Row => [
    `L2-pattern-${index}`,
    `the pattern ${pattern} is refused, or quick`,
    withPattern(pattern),
    { status: [200, 400, 502] },
  ]),
  ...masks.map((mask, index): Row => [
    `L5-mask-${index}`,
    `the mask ${mask} is no key`,
    (upstream) => target(upstream, mask),
    { status: 400, code: 'invalid_config' },
  ]),
];

/** Configs as texts that are no objects, or too much of one. */
const texts: Readonly<Record<string, string>> = {
  nested: `{"x":${nested(12_000)}}`,
  'many keys': `{${list(3_000, (index) => `"k${index}":1`)}}`,
  'many targets': `{"targets":[${list(10_000, '{}')}]}`,
  'long integers': `{"targets":[${list(1_200, '12345678901234567890')}]}`,
};

const byText = Object.entries(texts).map(([name, text]): HostileCase => ({
  id: `config-${name.replaceAll(' ', '-')}`,
  promise: `an inline config of ${name} is refused`,
  request: () => ({
    headers: { 'x-weir-config': text },
    body: '{"model":"m","messages":[{"role":"user","content":"Hello"}]}',
  }),
  expected: refused,
}));

export const configCases: readonly HostileCase[] = [
  ...rows.map(([id, promise, config, expected = refused]) => ({ id, promise, config, expected })),
  ...byText,
];
