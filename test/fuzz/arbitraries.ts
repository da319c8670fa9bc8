import fc from 'fast-check';
import * as documents from './answer-documents.ts';
import { chatRequest, envelope as envelopeDocument, routingConfig } from './documents.ts';
import type { FuzzInput } from './fuzz-input.ts';
import { jsonText, nearly } from './json-texts.ts';

/** What a header can carry: Latin-1 without C0. */
const headerText = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  }),
  jsonText.map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 6_000)),
  fc.nat(20_000).map((length) => 'a'.repeat(length)),
);

/** A longer one is refused by its length. */
const maxConfigChars = 30_000;

const requestHeaders = fc.dictionary(
  fc.constantFrom(
    'x-weir-metadata',
    'x-weir-timeout-ms',
    'x-weir-cache',
    'x-weir-cache-namespace',
    'x-weir-guardrails',
    'cache-control',
    'traceparent',
    'tracestate',
    'idempotency-key',
    'content-type',
    'accept',
    'x-request-id',
    'x-forwarded-for',
    'x-portkey-metadata',
    'x-portkey-provider',
    'x-stainless-retry-count',
    'user-agent',
  ),
  headerText,
  { maxKeys: 3 },
);

const answerHeaders = fc.dictionary(
  fc.constantFrom(
    'content-type',
    'x-request-id',
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-reset-tokens',
    'x-should-retry',
    'server',
    'location',
    'content-language',
  ),
  headerText,
  { maxKeys: 2 },
);

const dialect = fc.constantFrom(...documents.dialects);

const statusOf = fc.oneof(
  { weight: 4, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 204, 301, 400, 401, 404, 413, 429, 500, 503, 599) },
);

const bodies = nearly(chatRequest).map((body): FuzzInput => ({
  body,
  answer: { status: 200, headers: {}, pieces: [JSON.stringify(documents.answers.openai)] },
}));

const headers = requestHeaders.map((given): FuzzInput => ({ headers: given }));

const configs = nearly(routingConfig).map((config): FuzzInput => ({
  config: config.slice(0, maxConfigChars),
}));

const answers = fc
  .tuple(dialect, fc.boolean(), statusOf, answerHeaders)
  .chain(([spoken, isStreamed, status, given]) =>
    nearly(status === 200 ? documents.answers[spoken] : documents.providerError).map((body): FuzzInput => ({
      dialect: spoken,
      isStreamed,
      answer: { status, headers: given, pieces: [body] },
    })),
  );

/** What stands between the lines of a stream, or in the place of one. */
const oddLines = fc.constantFrom(
  ': comment',
  'event: x',
  'id: 1',
  'retry: 1',
  'data',
  'data:',
  ' data: x',
  '\ufeff',
  'data: [DONE]',
  'event: error',
  '{"error":',
  '\u0000',
);
const lineEnds = fc.constantFrom('\n', '\r\n', '\r');

/** A stream of the dialect: some of its events are others, come again, or are missing, and it is cut anywhere. */
function streamText(spoken: documents.Dialect): fc.Arbitrary<string> {
  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(...documents.streams[spoken]).map((each) => JSON.stringify(each)),
    },
    { weight: 4, arbitrary: fc.constantFrom(...documents.streams[spoken]).chain(nearly) },
  );
  const frame = (data: string, end: string) => {
    if (spoken === 'ollama') return data + end;
    const type = spoken === 'anthropic' ? /"type":"([a-z_]+)"/.exec(data)?.[1] : undefined;
    return `${type === undefined ? '' : `event: ${type}${end}`}data: ${data}${end}${end}`;
  };
  const framed = fc.tuple(event, lineEnds).map(([data, end]) => frame(data, end));
  const odd = fc.tuple(oddLines, lineEnds).map(([line, end]) => line + end);
  const many = fc
    .tuple(fc.oneof(odd, framed), fc.nat(3_000))
    .map(([piece, count]) => piece.repeat(Math.min(count, Math.ceil(1_000_000 / piece.length))));
  const pieces = fc.array(
    fc.oneof(
      { weight: 12, arbitrary: framed },
      { weight: 3, arbitrary: odd },
      { weight: 1, arbitrary: many },
    ),
    { maxLength: 8 },
  );
  const first = documents.streams[spoken].slice(0, 2).map((each) => frame(JSON.stringify(each), '\n'));
  return pieces.map((rest) => first.join('') + rest.join(''));
}

const streams = fc.tuple(dialect, fc.boolean(), fc.nat(3_000)).chain(([spoken, isStreamed, cut]) =>
  streamText(spoken).map((text): FuzzInput => ({
    dialect: spoken,
    isStreamed,
    answer: {
      status: 200,
      headers: { 'content-type': spoken === 'ollama' ? 'application/x-ndjson' : 'text/event-stream' },
      pieces: [text.slice(0, cut), text.slice(cut)].filter(Boolean),
    },
  })),
);

/** Who may say what to whom. */
const doors = fc.constantFrom(
  ['ingress', 'weir.v1.router.complete'],
  ['ingress', 'weir.v1.guardrails.complete'],
  ['ingress', 'weir.v1.cache.lookup'],
  ['ingress', 'weir.v1.cache.store'],
  ['ingress', 'weir.v1.keys.verify'],
  ['ingress', 'weir.v1.router.write-config'],
  ['ingress', 'weir.v1.keys.import-keys'],
  ['ingress', 'weir.v1.cost.import-usage'],
  ['ingress', 'weir.v1.authentication.failed'],
  ['router', 'weir.v1.cost.reserve'],
  ['router', 'weir.v1.keys.get-real-key'],
  ['router', 'weir.v1.holds.renewed'],
  ['router', 'weir.v1.usage.attempted'],
  ['router', '$KV.weir-routing-configs.fuzzed'],
  ['router', '$KV.weir-target-health.fuzzed'],
  ['keys', '$KV.weir-virtual-keys.fuzzed'],
  ['guardrails', '$KV.weir-guardrail-policies.fuzzed'],
  ['cost', '$KV.weir-prices.fuzzed'],
  ['cost', '$KV.weir-spending-limits.fuzzed'],
  ['cache', '$KV.weir-cache-rules.fuzzed'],
) satisfies fc.Arbitrary<string[]>;

const messages = fc
  .tuple(doors, nearly(envelopeDocument), nearly(chatRequest), headerText)
  .map(([[as = '', subject = ''], envelope, body, trace]): FuzzInput => ({
    message: {
      as,
      subject,
      headers: {
        'Weir-Envelope': envelope.replaceAll(/[\r\n]/g, ' ').slice(0, 40_000),
        traceparent:
          trace.replaceAll(/[\r\n]/g, ' ') || '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
      body,
    },
  }));

/** Of each kind of what comes from outside. */
export const kinds: Readonly<Record<string, fc.Arbitrary<FuzzInput>>> = {
  bodies,
  headers,
  configs,
  answers,
  streams,
  messages,
};
