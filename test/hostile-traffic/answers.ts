import type { Expected, HostileCase } from '../helpers/hostile/hostile-case.ts';
import { canaryKey } from '../helpers/hostile/canary-key.ts';
import type { Dialect } from '../fuzz/answer-documents.ts';
import { call, choice, completionText, list, nested } from './texts.ts';

const refused: Expected = {
  status: 502,
  code: ['upstream_invalid_response', 'upstream_answer_too_large', 'upstream_empty_answer'],
};

type Row = readonly [id: string, promise: string, body: () => string, expected?: Expected];

/** H2, M1: what a provider's answer may cost. */
const rows: readonly Row[] = [
  [
    'H2-bad-choices',
    '300,000 choices that are none are one fault, and one short line of the log',
    () => completionText(list(300_000, '{"index":-1}')),
  ],
  [
    'H2-nested-brackets',
    '3.4 million nested brackets are refused before they are parsed',
    () => completionText(choice(), `,"x":[${list(14_000, nested(240))}]`),
  ],
  [
    'H2-long-integers',
    '300,000 integers of 20 digits in the arguments of a call are refused',
    () =>
      completionText(
        choice(`"content":null,"tool_calls":[${call(`{"x":[${list(300_000, '12345678901234567890')}]}`)}]`),
      ),
  ],
  [
    'H2-different-keys',
    'keys that differ are counted: to parse one costs as much as ten others',
    () => completionText(choice(), `,"x":[${list(80_000, (index) => `{"k${index}":1}`)}]`),
  ],
  [
    'H2-bad-calls',
    'the first bad call ends the judgement of 40,000',
    () => completionText(choice(`"content":null,"tool_calls":[${list(40_000, '{"function":1}')}]`)),
  ],
  [
    'H2-odd-length',
    'an object with a length is no list, and no failure of ours',
    () => completionText(choice(), '').replace(/\[.*\]/s, '{"length":100000000}'),
  ],
  [
    'H2-odd-length-of-calls',
    'nor are calls with a length',
    () => completionText(choice('"content":null,"tool_calls":{"length":100000000}')),
    { status: [200, 502] },
  ],
  [
    'H2-error-in-200',
    'an error of 7 MB is short',
    () => `{"error":{"message":"${'e'.repeat(7_000_000)}"}}`,
    {
      status: [502, 503],
    },
  ],
  ['H2-not-json', '7 MB that are no JSON are refused', () => 'x'.repeat(7_000_000)],
  [
    'L5-choices-beyond-n',
    'choices that nobody asked for are not passed on',
    () => completionText(list(1_000, (index) => choice().replace('"index":0', `"index":${index}`))),
    { status: [200, 502] },
  ],
  [
    'L5-index-of-a-billion',
    'an index of 10^9 is not passed on',
    () => completionText(choice().replace('"index":0', '"index":1000000000')),
    { status: [200, 502] },
  ],
  [
    'L3-usage-of-2-53',
    'usage that cannot be is no usage',
    () =>
      completionText(
        choice(),
        ',"usage":{"prompt_tokens":9007199254740991,"completion_tokens":9007199254740991,"total_tokens":9007199254740991}',
      ),
    { status: 200 },
  ],
];

/** M1: what the schema of each dialect finds wrong, so many times. */
const wrong: readonly (readonly [dialect: Dialect, name: string, body: () => string])[] = [
  ['openai', 'choices', () => completionText(list(300_000, '{"index":-1,"message":{"content":"Hi"}}'))],
  ['openai', 'numbers', () => completionText(list(200_000, '1'))],
  ['openai', 'messages', () => completionText(list(100_000, '{"message":1}'))],
  [
    'anthropic',
    'blocks',
    () => `{"type":"message","role":"assistant","content":[${list(100_000, '{"type":"text","text":1}')}]}`,
  ],
  [
    'ollama',
    'calls',
    () =>
      `{"done":true,"message":{"role":"assistant","content":"","tool_calls":[${list(100_000, '{"function":1}')}]}}`,
  ],
];

const wrongCases = wrong.flatMap(([dialect, name, body]) =>
  [false, true].map((isStreamed): HostileCase => ({
    id: `M1-${dialect}-${name}${isStreamed ? '-streamed' : ''}`,
    promise: `100,000 wrong ${name} of ${dialect} are one fault, and one short line of the log`,
    answer: () => ({ body: body() }),
    ...(dialect !== 'openai' && { dialect }),
    isStreamed,
    expected: { status: [502, 503] },
  })),
);

const neverOf: Readonly<Record<string, readonly string[]>> = {
  'L5-choices-beyond-n': ['"index":1,', '"index":999'],
  'L5-index-of-a-billion': ['1000000000'],
};

const toCase = ([id, promise, body, expected = refused]: Row): HostileCase => ({
  id,
  promise,
  answer: () => ({ body: body() }),
  expected,
  never: neverOf[id] ?? [],
});

/** One short request over as many targets as a config may name, each of which costs what it can. */
const sixTargets: HostileCase = {
  ...toCase(['H2-six-targets', 'a fallback over six such targets is quick', rows[0]?.[2] ?? (() => '')]),
  config: (upstream) => ({
    strategy: { mode: 'fallback' },
    targets: Array.from({ length: 6 }, () => ({
      provider: 'openai',
      custom_host: upstream,
      api_key: canaryKey,
    })),
  }),
};

export const answerCases: readonly HostileCase[] = [...rows.map(toCase), ...wrongCases, sixTargets];
