import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, testKey, type Gateway } from '@weir/testkit/gateway';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerSchema } from './helpers/traffic/answer.ts';
import { answers } from './helpers/traffic/behaviours/answers.ts';
import { brokenStreams } from './helpers/traffic/behaviours/broken-streams.ts';
import { refusals } from './helpers/traffic/behaviours/refusals.ts';
import { streams } from './helpers/traffic/behaviours/streams.ts';
import { toolCalls } from './helpers/traffic/behaviours/tool-calls.ts';
import { askWithSdk, type OutcomeField, type SdkOutcome } from './helpers/traffic/sdk-outcome.ts';
import { ScriptedUpstream } from './helpers/traffic/scripted-upstream.ts';

const behaviours = [...answers, ...toolCalls, ...streams, ...brokenStreams, ...refusals].flatMap(
  ({ name, request, whole, streamed, difference, streamedDifference = difference }) => [
    ...(whole ? [{ name, request, isStreamed: false, answer: whole, difference }] : []),
    ...(streamed
      ? [
          {
            name: `${name}, streamed`,
            request,
            isStreamed: true,
            answer: streamed,
            difference: streamedDifference,
          },
        ]
      : []),
  ],
);

/** Each behaviour is a model of the provider `lab`: so a program changes its base URL, and nothing else. */
const modelOf = (name: string) => name.toLowerCase().replaceAll(/\W+/g, '-');

let upstream: ScriptedUpstream;
let gateway: Gateway;
let folder: string;
let direct: OpenAI;
let throughGateway: OpenAI;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
  const models = behaviours.map(({ name }) => ({ id: modelOf(name), object: 'model' }));
  const scripted = behaviours.map(({ name, answer }) =>
    answerSchema.parse({ ...answer, when: { body: { model: modelOf(name) } } }),
  );
  const list = answerSchema.parse({ path: '/v1/models', json: { object: 'list', data: models } });
  upstream.script('lab', [list, ...scripted]);
  folder = await mkdtemp(join(tmpdir(), 'weir-differential-'));
  const baseURL = `${upstream.urlOf('lab')}/v1`;
  await writeFile(join(folder, 'providers.json'), JSON.stringify([{ name: 'lab', base_url: baseURL }]));
  gateway = await startGateway({ router: { WEIR_PROVIDERS_FILE: join(folder, 'providers.json') } });
  direct = new OpenAI({ baseURL, apiKey: 'sk-lab', maxRetries: 0 });
  throughGateway = new OpenAI({ baseURL: gateway.baseUrl, apiKey: testKey, maxRetries: 0 });
  await eventually(async () => {
    expect((await throughGateway.models.list()).data).toHaveLength(models.length);
  });
});
afterAll(async () => {
  await gateway.close();
  upstream.close();
  await rm(folder, { recursive: true });
});

describe('the official client sees the same through the gateway as directly', () => {
  test.each(behaviours)('$name', async ({ name, request, isStreamed, answer, difference }) => {
    const ask = (client: OpenAI) => askWithSdk({ client, model: modelOf(name), isStreamed, request });
    const expected = await ask(direct);
    const seen = await ask(throughGateway);
    const asked = upstream.requestsOf('lab').filter(({ text }) => text.includes(`"${modelOf(name)}"`));
    // A kept connection that ends without an answer is one that the provider may have given up before.
    expect(asked.length).toBeLessThanOrEqual(answer.unanswered ? 3 : 2);
    const found = differencesOf(expected, seen);
    // Exactly these: a difference that is gone is no longer to be allowed.
    expect(Object.keys(found).sort(), JSON.stringify(found)).toEqual([...(difference?.in ?? [])].sort());
  });
});

test('at least sixty behaviours are compared', () => {
  expect(new Set(behaviours.map(({ name }) => modelOf(name))).size).toBe(behaviours.length);
  expect(behaviours.length).toBeGreaterThanOrEqual(60);
});

/** By field: what the client sees directly, and through the gateway. */
function differencesOf(expected: SdkOutcome, seen: SdkOutcome): Record<string, unknown> {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(seen)])] as OutcomeField[];
  const differing = names.filter((name) => !isDeepStrictEqual(expected[name] ?? null, seen[name] ?? null));
  return Object.fromEntries(
    differing.map((name) => [name, { directly: expected[name], throughGateway: seen[name] }]),
  );
}
