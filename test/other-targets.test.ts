import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './helpers/ask.ts';
import { dialects, startFaultFixture, type FaultFixture } from './helpers/fault-fixture.ts';

let fixture: FaultFixture;
const refusedKey = 'sk-canary-refused';
beforeAll(async () => {
  fixture = await startFaultFixture({ CANARY_API_KEY: `${refusedKey},sk-canary-accepted` });
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.faulty.reset();
  fixture.good.reset();
});

/** Health is kept by model. */
let models = 0;

const callsTo = ({ faulty, good }: FaultFixture) => [faulty.requests.length, good.requests.length];

describe.each(dialects)('%s', (dialect) => {
  describe.each([false, true])('(stream: %s)', (stream) => {
    const askWith = (fields: object) =>
      ask(fixture.gateway.baseUrl, {
        model: `m-${models++}`,
        stream,
        config: { provider: `${dialect}-faulty`, ...fields },
      });

    test('a context that is too long is answered by the model that the config names for it', async () => {
      fixture.faulty.script({ fault: { kind: 'context_length' } });
      const seen = await askWith({ context_window_fallbacks: { '*': [`${dialect}-good/large`] } });
      expect(seen).toMatchObject({ status: 200, isWhole: true });
      expect(seen.headers.get('x-weir-model')).toBe('large');
      expect(callsTo(fixture)).toEqual([1, 1]);
    });

    // Ollama has no word for a refusal in an answer.
    test.each(dialect === 'ollama' ? (['error'] as const) : (['error', 'refusal'] as const))(
      'a refused content (%s) is answered by the model that the config names for it',
      async (form) => {
        fixture.faulty.script({ fault: { kind: 'content_policy', form } });
        fixture.good.script({ answer: 'By all means.' });
        const seen = await askWith({ content_policy_fallbacks: [`${dialect}-good/lenient`] });
        expect(seen).toMatchObject({ status: 200, isWhole: true, text: 'By all means.' });
        expect(seen.headers.get('x-weir-model')).toBe('lenient');
        expect(callsTo(fixture)).toEqual([1, 1]);
      },
    );

    test('a key that is refused gives way to the next, unseen, and is then left alone', async () => {
      const isRefused = ({ headers }: { headers: object }) => JSON.stringify(headers).includes(refusedKey);
      fixture.faulty.script({ fault: { kind: 'invalid_key' }, matches: isRefused });
      const question = { model: `m-${models++}`, stream, config: { provider: `${dialect}-faulty` } };
      for (let request = 0; request < 6; request++) {
        const seen = await ask(fixture.gateway.baseUrl, question);
        expect(seen).toMatchObject({ status: 200, isWhole: true });
        expect(seen.raw).not.toContain('canary');
      }
      expect(fixture.faulty.requests.filter(isRefused)).toHaveLength(1);
      expect(callsTo(fixture)).toEqual([7, 0]);
    });
  });
});
