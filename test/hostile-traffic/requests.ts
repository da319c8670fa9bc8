import type { Expected, HostileCase } from '../helpers/hostile/hostile-case.ts';
import { chatText, choice, completionText, list, nested } from './texts.ts';

const megabytes = (count: number) => count * 1_000_000;

const refused: Expected = { status: [400, 413], code: ['invalid_request', 'invalid_json', 'body_too_large'] };

/** Nobody here reads it, or it is refused. */
const passedOn: Expected = { status: [200, 400] };

type Row = readonly [id: string, promise: string, body: () => string, expected?: Expected];

/** H1, H3: what a body may cost. */
const rows: readonly Row[] = [
  [
    'H1-nested-arrays',
    'brackets are values: 7.9 MB of nested arrays are refused before they are parsed',
    () => chatText(`"x":[${list(megabytes(7.9) / 481, nested(240))}]`),
  ],
  [
    'H1-nested-objects',
    'so are 7.9 MB of nested objects',
    () => chatText(`"x":[${list(16_000, '{"a":'.repeat(80) + '1' + '}'.repeat(80))}]`),
  ],
  ['H1-empty-arrays', 'and of empty arrays', () => chatText(`"x":[${list(2_600_000, '[]')}]`)],
  ['H1-deep', 'a body that is only depth is refused', () => '['.repeat(megabytes(7.9))],
  [
    'H1-closing',
    'a body of closing brackets is no JSON, and is told so',
    () => chatText(`"x":${']'.repeat(megabytes(7.9))}`),
  ],
  [
    'H3-bad-messages',
    'the first bad message ends the judgement of 90,000',
    () => chatText('', `[${list(90_000, '{"role":"x"}')}]`),
  ],
  [
    'H3-bad-parts',
    '24,000 parts of a kind of their own block nobody',
    () => chatText('', `[{"role":"user","content":[${list(24_000, '{"type":"x"}')}]}]`),
    passedOn,
  ],
  [
    'H3-bad-tools',
    'the first bad tool ends the judgement of 24,000',
    () => chatText(`"tools":[${list(24_000, '{"type":"function","function":{}}')}]`),
  ],
  [
    'H3-metadata',
    '99,000 integer keys of metadata are refused',
    () => chatText(`"metadata":{${list(99_000, (index) => `"${index}":1`)}}`),
  ],
  [
    'H3-unknown-keys',
    '99,000 unknown keys are refused',
    () => chatText(list(99_000, (index) => `"k${index}":1`)),
  ],
  ['H3-same-key', 'a key that comes 99,000 times is refused', () => chatText(list(99_000, '"k":1'))],
  [
    'H3-long-integers',
    '99,000 integers of 20 digits are refused',
    () => chatText(`"x":[${list(99_000, '12345678901234567890')}]`),
  ],
  ['H3-long-number', 'a number of 7 MB is refused', () => chatText(`"x":${'1'.repeat(megabytes(7))}`)],
  [
    'H3-number-in-pieces',
    'what looks like one number of a thousand long ones is refused',
    () => chatText(`"x":${'1234567890123456e'.repeat(1_000)}${'e'.repeat(megabytes(7))}`),
  ],
  [
    'H3-stop-list',
    'nor do 90,000 stop sequences',
    () => chatText(`"stop":[${list(90_000, '"s"')}]`),
    passedOn,
  ],
];

/** Bodies that are large and good: they take their time, and nobody waits for them. */
const large: readonly Row[] = [
  [
    'H3-escaped-quotes',
    '4 million escaped quotes block nobody',
    () => chatText('', `[{"role":"user","content":"${'\\"'.repeat(3_900_000)}"}]`),
    { status: 200 },
  ],
  [
    'H3-unicode-escapes',
    'a text of escapes blocks nobody',
    () => chatText('', `[{"role":"user","content":"${'\\u0001'.repeat(1_300_000)}"}]`),
    { status: 200 },
  ],
  [
    'H3-long-word',
    'a word of 7.9 MB blocks nobody',
    () => chatText('', `[{"role":"user","content":"${'a'.repeat(megabytes(7.9))}"}]`),
    { status: 200 },
  ],
  [
    'H3-values-at-the-limit',
    'a body with nearly as many values as it may have blocks nobody',
    () => chatText(`"x":[${list(99_000, '1')}]`),
    { status: [200, 400] },
  ],
  [
    'H3-messages-at-the-limit',
    'a conversation of 12,000 messages blocks nobody',
    () => chatText('', `[${list(12_000, '{"role":"user","content":"Hello"}')}]`),
    { status: [200, 400] },
  ],
  [
    'H3-personal-data-everywhere',
    'a text that looks like personal data everywhere blocks nobody',
    () => chatText('', `[{"role":"user","content":"${'1 Nguyễn '.repeat(40_000)}"}]`),
    { status: [200, 400, 446] },
  ],
  [
    'H3-private-keys-everywhere',
    'a text of beginnings of private keys blocks nobody',
    () => chatText('', `[{"role":"user","content":"${'-----BEGIN PRIVATE KEY-----'.repeat(40_000)}"}]`),
    { status: [200, 400, 446] },
  ],
];

const answered = () => ({ body: completionText(choice()) });

const toCase = ([id, promise, body, expected = refused]: Row): HostileCase => ({
  id,
  promise,
  request: () => ({ body: body() }),
  answer: answered,
  expected,
});

const nestedOfOneMegabyte = () => chatText(`"x":[${list(2_000, nested(240))}]`);

export const requestCases: readonly HostileCase[] = [
  ...[...rows, ...large].map(toCase),
  {
    ...toCase([
      'H1-four-at-once',
      'four such bodies at once are refused as one is',
      rows[0]?.[2] ?? (() => ''),
    ]),
    atOnce: 4,
  },
  {
    ...toCase(['H1-eight-of-1-MB', 'eight bodies of 1 MB at once take no gigabyte', nestedOfOneMegabyte]),
    atOnce: 8,
  },
];
