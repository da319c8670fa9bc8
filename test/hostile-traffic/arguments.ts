import type { HostileCase } from '../helpers/hostile/hostile-case.ts';
import { call, choice, completionText, list, nested, withArguments } from './texts.ts';

/** H3: what the arguments of a request's calls may cost: a provider of OpenAI's form gets them as they are, others as objects. */
const argumentRows = [
  ['nested', 'nested brackets', () => call(`{"x":[${list(16_000, nested(240))}]}`)],
  ['keys', '600,000 keys', () => call(`{${list(600_000, (index) => `"${index}":1`)}}`)],
  ['long-integers', '300,000 long integers', () => call(`{"x":[${list(300_000, '12345678901234567890')}]}`)],
  [
    'number-in-pieces',
    'what looks like one number of a thousand long ones and more',
    () => call(`{"x":${'1234567890123456e'.repeat(1_001)}${'e'.repeat(3_000_000)}}`),
  ],
  [
    'many-calls',
    'the brackets of 5,000 calls together',
    () => list(5_000, (index) => call(`{"x":[${list(40, nested(8))}]}`, index)),
  ],
] as const;

export const argumentCases: readonly HostileCase[] = [
  // That provider gets them as they are.
  {
    id: 'H3-arguments-unread',
    promise: 'nested brackets in the arguments of a call are refused, or passed on unread',
    request: () => ({ body: withArguments(argumentRows[0][2]()) }),
    answer: () => ({ body: completionText(choice()) }),
    expected: { status: [200, 400] },
  },
  ...argumentRows.map(([name, what, calls]) => ({
    id: `H3-arguments-${name}`,
    promise: `${what} in the arguments of a call are refused where they have to be parsed`,
    request: () => ({ body: withArguments(calls()) }),
    dialect: 'anthropic' as const,
    expected: { status: [400, 413], code: ['invalid_request', 'invalid_json'] },
  })),
];
