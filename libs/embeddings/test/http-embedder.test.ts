import { systemClock } from '@weir/service-kit/clock';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createHttpEmbedder } from '../src/http-embedder.ts';
import { normalize } from '../src/normalize.ts';
import { embedAll, startEndpoint, type Reply } from './embeddings-endpoint.ts';

type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

const connect = ({ url }: Endpoint, clock = systemClock) =>
  createHttpEmbedder({ url, model: 'm', apiKey: 'embedder-key', timeoutMs: 5_000, clock });
const vectorOf = (text: string) => normalize(Float32Array.of(text.length, 1, 0));
const oneVector =
  (embedding: unknown): Reply =>
  () => ({ body: { data: [{ index: 0, embedding }] } });

test('texts that are asked for together are one call of the API that OpenAI has', async () => {
  const endpoint = await startEndpoint();
  const embedder = await connect(endpoint);
  expect(embedder).toMatchObject({ model: 'm', dimensions: 3 });
  const texts = ['a', 'bb', 'ccc'];
  const vectors = await Promise.all(texts.map((text) => embedder.embed(text)));
  expect(vectors).toEqual(texts.map(vectorOf));
  const [, call] = endpoint.calls;
  expect(call).toMatchObject({
    path: '/v1/embeddings',
    headers: { authorization: 'Bearer embedder-key', 'content-type': 'application/json' },
    body: { model: 'm', input: texts, encoding_format: 'float' },
  });
  expect(endpoint.calls).toHaveLength(2);
});

test('another address is another version of the model', async () => {
  const [one, other] = [await connect(await startEndpoint()), await connect(await startEndpoint())];
  expect(one.id).toMatch(/^m@/);
  expect(one.id).not.toBe(other.id);
});

test.each<[string, Reply]>([
  ['is refused', () => ({ status: 401, body: { error: 'no' } })],
  ['is of another form', () => ({ body: { vectors: [] } })],
  ['has other dimensions than before', oneVector([1, 2])],
  ['leaves out the text', () => ({ body: { data: [] } })],
  ['has no direction', oneVector([0, 0, 0])],
])('an answer that %s is a failure of the call alone', async (_what, reply) => {
  const endpoint = await startEndpoint();
  const embedder = await connect(endpoint);
  endpoint.reply = reply;
  await expect(embedder.embed('text')).rejects.toMatchObject({ code: 'upstream_error' });
  endpoint.reply = embedAll;
  expect(await embedder.embed('text')).toEqual(vectorOf('text'));
});

test('a call ends at its time-out, and the request with it', async () => {
  const endpoint = await startEndpoint();
  const clock = new FakeClock();
  const embedder = await connect(endpoint, clock);
  endpoint.reply = () => undefined;
  const call = embedder.embed('text', { timeoutMs: 40 });
  const ended = expect(call).rejects.toMatchObject({ code: 'upstream_timeout' });
  await eventually(() => {
    expect(endpoint.calls).toHaveLength(2);
  });
  clock.advance(40);
  await ended;
  await eventually(() => {
    expect(endpoint.abandoned).toBe(1);
  });
});

test('an endpoint that is started a little later is waited for', async () => {
  const endpoint = await startEndpoint(() => ({ status: 503, body: {} }));
  const connected = connect(endpoint);
  await eventually(() => {
    expect(endpoint.calls).toHaveLength(1);
  });
  endpoint.reply = embedAll;
  expect((await connected).dimensions).toBe(3);
});
