import { chatRequestSchema } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { checkMessageRequest } from '@weir/testkit/providers/anthropic/message-rules';
import { messageSchema2023 } from '@weir/testkit/providers/anthropic/message-schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presets } from '../providers/presets.ts';
import { dialects } from './dialects.ts';

/** A word that stands nowhere else, so that it is found again in whatever form a dialect puts it. */
let count = 0;
const word = fc.constant(undefined).map(() => `w${++count}w`);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const extras = fc.dictionary(fc.constantFrom('novelty', 'index_of_it', 'provider_specific_fields'), word, {
  maxKeys: 1,
});
const mark = fc.constantFrom({}, {}, { cache_control: { type: 'ephemeral' } });

const withExtras = (fields: fc.Arbitrary<object>) =>
  fc
    .tuple(fields, extras, mark)
    .map(([known, unknown, marked]): object => ({ ...unknown, ...marked, ...known }));

const text = withExtras(fc.record({ type: fc.constant('text'), text: word }));
const image = withExtras(
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({
      url: word.map((name) => `https://a/${name}`),
      detail: fc.constantFrom('auto', 'low'),
    }),
  }),
);
const content = fc.oneof(word, fc.array(text, { minLength: 1, maxLength: 2 }));
const userContent = fc.oneof(content, fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }));
const call = withExtras(
  fc.record({
    id: fc.oneof(word, fc.constantFrom('', null, undefined)),
    type: fc.constantFrom('function', undefined),
    function: withExtras(
      fc.record({
        name: fc.constantFrom('f', 'g'),
        arguments: fc.oneof(
          word.map((said) => JSON.stringify({ said })),
          word.map((said) => `{"cut": "${said}`),
          fc.constantFrom('', 'null', null, undefined),
        ),
      }),
    ),
  }),
);
const thought = fc.oneof(
  fc.record({ type: fc.constant('reasoning.text'), text: word, signature: word, index: fc.nat(1) }),
  fc.record({
    type: fc.constant('reasoning.encrypted'),
    data: word,
    format: fc.constant('anthropic-claude-v1'),
  }),
);
/** In one form: where an answer has both, they say the same. */
const withThoughts = ({ thoughts, ...said }: { readonly thoughts?: string | object[] | undefined }) => ({
  ...said,
  [typeof thoughts === 'string' ? 'reasoning_content' : 'reasoning_details']: thoughts,
});
const message = withExtras(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'developer'), content, name: maybe(word) }),
    fc.record({ role: fc.constant('user'), content: userContent, name: maybe(word) }),
    fc
      .record({
        role: fc.constant('assistant'),
        content: maybe(content),
        refusal: maybe(word),
        thoughts: maybe(fc.oneof(word, fc.array(thought, { maxLength: 2 }))),
        annotations: maybe(fc.constantFrom([], [{ type: 'url_citation' }])),
        tool_calls: maybe(fc.array(call, { maxLength: 2 })),
      })
      .map(withThoughts),
    fc.record({
      role: fc.constant('tool'),
      tool_call_id: fc.oneof(word, fc.constant(null)),
      content: userContent,
    }),
  ),
);
const tool = withExtras(
  fc.record({
    type: fc.constant('function'),
    function: withExtras(fc.record({ name: fc.constantFrom('f', 'g'), description: maybe(word) })),
  }),
);
const chat = withExtras(
  fc.record({
    model: fc.constant('m'),
    messages: fc.array(message, { minLength: 1, maxLength: 5 }),
    tools: maybe(fc.array(tool, { maxLength: 2 })),
    tool_choice: maybe(fc.constantFrom('auto', 'required', 'of_tomorrow')),
    user: maybe(word),
    stop: maybe(word),
    temperature: maybe(fc.constantFrom(0, 1, 2)),
    seed: maybe(fc.constant(7)),
    max_tokens: maybe(fc.integer({ min: 2_000, max: 90_000 })),
    reasoning_effort: maybe(fc.constantFrom('none', 'minimal', 'medium', 'xhigh', 'of_tomorrow')),
    stream: maybe(fc.boolean()),
    thinking: maybe(fc.constant({ type: 'enabled', budget_tokens: 1_024 })),
  }),
)
  .map((asked) => JSON.parse(JSON.stringify(asked)) as { thinking?: object; tool_choice?: string })
  // Anthropic refuses them together, whoever asks.
  .filter(({ thinking, tool_choice: choice }) => !thinking || choice !== 'required');

/** Each text of a request, with the names on the way to it. */
function textsOf(value: unknown, path: readonly string[] = []): { path: readonly string[]; said: string }[] {
  if (typeof value === 'string') return [{ path, said: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, [...path, name]));
}

/** As strict as Anthropic: what the gateway makes of a request has to be one of its. */
function checkAnthropic(body: string): void {
  checkMessageRequest(messageSchema2023.parse(JSON.parse(body)), '2023-06-01');
}

/** Ids pair calls and results, which may be done otherwise, and a user may be sent as a hash. */
const mayChange = new Set(['id', 'tool_call_id', 'user']);

const hosts = presets.map(({ name, dialect, mapping, unsupportedParams, outputCapParam }) => ({
  name,
  dialect,
  model: { anthropic: 'claude-sonnet-4-5', ollama: 'llama3.2', openai: 'm' }[dialect],
  outputCapParam,
  unsupportedParams,
  mapping,
}));

describe('whatever the contract takes, a host is sent all of it, or a warning names what it is not sent', () => {
  test.each(hosts)('$name', ({ dialect, ...target }) => {
    fc.assert(
      fc.property(chat, fc.boolean(), (asked, isCapRequired) => {
        const parsed = chatRequestSchema.parse(asked);
        const output = { defaultTokens: 4_096, maxTokens: 64_000, isCapRequired };
        let wire;
        try {
          wire = dialects[dialect].buildRequest(parsed, { ...target, output });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
          expect((thrown as Fault).code).toBe('unsupported_parameter');
          return;
        }
        if (dialect === 'anthropic') checkAnthropic(wire.body);
        const words = textsOf(asked).flatMap(({ path, said }) =>
          (said.match(/w\d+w/g) ?? []).map((found) => ({ path, found })),
        );
        for (const { path, found } of words) {
          const name = path.at(-1) ?? '';
          if (wire.body.includes(found) || mayChange.has(name)) continue;
          expect({ warnings: wire.warnings, path, found, isTold: isTold(wire.warnings, path) }).toMatchObject(
            {
              isTold: true,
            },
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});

function isTold(warnings: readonly string[], path: readonly string[]): boolean {
  return warnings.some(
    (warning) =>
      path.some(
        (name) =>
          /\D/.test(name) &&
          warning.split(/[^\w]+/).includes(name) &&
          !['messages', 'content'].includes(name),
      ) ||
      (path.some((name) => name.startsWith('reasoning_')) && warning.includes('reasoning')),
  );
}
