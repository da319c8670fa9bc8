import { Fault } from '@weir/service-kit/fault';
import { afterEach, expect, it } from 'vitest';
import { ClassifierWorkers } from '../src/checks/moderation/classifier-workers.ts';

const moduleName = new URL('./fake-transformers.ts', import.meta.url).href;
let workers: ClassifierWorkers | undefined;
afterEach(() => workers?.stop());

function started(parts: { readonly moduleName?: string } = { moduleName }) {
  workers = new ClassifierWorkers(parts);
  return workers;
}
const never = new AbortController().signal;

it('rates each text by the scores of the model', async () => {
  const ratings = await started().classify('model', ['a bad text', 'a good text'], never);
  expect(ratings).toEqual([
    { toxic: 0.9, safe: expect.closeTo(0.1) as number },
    { toxic: 0.1, safe: 0.9 },
  ]);
});

it('says what to do where the library is not installed', async () => {
  const call = started({}).classify('model', ['text'], never);
  await expect(call).rejects.toMatchObject({
    code: 'guardrails_unavailable',
    message: expect.stringContaining('@huggingface/transformers, which is not installed') as string,
  });
});

it.each([
  ['a model that cannot be loaded', 'missing', 'text'],
  ['a model that rates by something else than scores', 'model', 'nonsense'],
  ['a thread that crashes', 'model', 'crash'],
])('%s is a fault, and the next call is answered', async (_what, model, text) => {
  const classifier = started();
  await expect(classifier.classify(model, [text], never)).rejects.toMatchObject({
    code: 'guardrails_unavailable',
  });
  expect(await classifier.classify('model', ['fine'], never)).toHaveLength(1);
});

it('a model that hangs holds up nobody beyond his time, and is ended', async () => {
  const classifier = started();
  const late = new AbortController();
  const hanging = [1, 2, 3, 4].map(() => classifier.classify('model', ['spin'], late.signal));
  late.abort(new Fault('upstream_timeout'));
  for (const call of hanging) await expect(call).rejects.toMatchObject({ code: 'upstream_timeout' });
  expect(await classifier.classify('model', ['fine'], never)).toHaveLength(1);
});

it('refuses what it would not come to in time', async () => {
  const classifier = started();
  const waiting = Promise.allSettled(
    Array.from({ length: 32 }, () => classifier.classify('model', ['hang'], never)),
  );
  const refused = classifier.classify('model', ['text'], never);
  await expect(refused).rejects.toMatchObject({ code: 'guardrails_unavailable' });
  await classifier.stop();
  for (const { status } of await waiting) expect(status).toBe('rejected');
});
