import type { Expected, HostileCase, HostileMessage } from '../helpers/hostile/hostile-case.ts';
import { choice, completionText, list, nested } from './texts.ts';

/** M3: what stands in a bucket and cannot be read. */
const unreadable: Readonly<Record<string, string>> = {
  garbage: 'garbage',
  'JSON of another form': '[]',
  'a value of a newer version':
    '{"config":{"strategy":{"mode":"a mode of tomorrow"},"targets":[]},"updatedAtMs":1}',
  'half of a value': '{"config":{"provider":"openai"',
  'no bytes': '',
  nested: `{"config":{"x":${'['.repeat(100_000)}`,
};

const faulty: Expected = { status: [500, 503] };

const entry = (name: string, body: string): HostileMessage => ({
  as: 'router',
  subject: `$KV.weir-routing-configs.${name}`,
  body,
});

const byName = Object.entries(unreadable).map(([what, body]): HostileCase => ({
  id: `M3-named-${what.replaceAll(/\W+/g, '-')}`,
  promise: `a stored config that holds ${what} is a fault, and never an absence`,
  messages: [entry('unreadable', body)],
  request: () => ({ headers: { 'x-weir-config': 'unreadable' } }),
  expected: faulty,
}));

const ofAll = Object.entries(unreadable).map(([what, body]): HostileCase => ({
  id: `M3-default-${what.replaceAll(/\W+/g, '-')}`,
  promise: `a config "default" that holds ${what} sends nothing where no config would`,
  messages: [entry('default', body)],
  config: null,
  expected: faulty,
}));

const policies = Object.entries(unreadable).map(([what, body]): HostileCase => ({
  id: `M3-policy-${what.replaceAll(/\W+/g, '-')}`,
  promise: `a guardrail policy that holds ${what} lets nothing pass, and is no absence`,
  messages: [{ as: 'guardrails', subject: '$KV.weir-guardrail-policies.unreadable', body }],
  request: () => ({ headers: { 'x-weir-guardrails': 'unreadable' } }),
  expected: faulty,
}));

const keys = Object.entries(unreadable).map(([what, body]): HostileCase => ({
  id: `M3-key-${what.replaceAll(/\W+/g, '-')}`,
  promise: `the copy of a virtual key that holds ${what} is a fault of ours, and not its holder's`,
  messages: [{ as: 'keys', subject: '$KV.weir-virtual-keys.unreadab', body }],
  request: () => ({ headers: { authorization: `Bearer sk-weir-unreadab-${'A'.repeat(43)}` } }),
  expected: faulty,
}));

/** Found by fuzzing: an event of 2 MB of brackets blocked the cost service for 100 to 230 ms. */
const heavy = ['weir.v1.holds.renewed', 'weir.v1.usage.attempted', 'weir.v1.cost.reserve'].map(
  (subject): HostileCase => ({
    id: `bus-heavy-${subject}`,
    promise: `8 MB of brackets on ${subject} block nobody`,
    messages: [{ as: 'router', subject, body: `{"x":[${list(16_000, nested(240))}]}` }],
    answer: () => ({ body: completionText(choice()) }),
    expected: { status: 200 },
  }),
);

export const busCases: readonly HostileCase[] = [...byName, ...ofAll, ...policies, ...keys, ...heavy];
