import { createLogger } from '@weir/service-kit/logger';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, onTestFinished, test } from 'vitest';
import { ModelWorker } from '../src/transformers/model-worker.ts';
import { createTransformersEmbedder } from '../src/transformers/transformers-embedder.ts';

const script = new URL('./fake-embedding-worker.ts', import.meta.url);
const logger = createLogger({ service: 'cache', instance: 'test', level: 'silent' });
const unavailable = { code: 'service_unavailable' };

function createWorker(modelFolder = 'fake') {
  const clock = new FakeClock();
  const workerData = { modelFolder, prefix: 'query: ' };
  const worker = new ModelWorker({ workerData, clock, logger, script });
  onTestFinished(() => worker.close());
  const embed = (text: string) => worker.embed({ text, timeoutMs: 40 });
  return { worker, clock, embed };
}

test('a model that cannot be loaded is a failure to start, and is not tried again', async () => {
  const { worker, clock } = createWorker('broken');
  await expect(worker.start()).rejects.toMatchObject({
    ...unavailable,
    cause: { message: 'the model is broken' },
  });
  expect(clock.waiting).toBe(0);
});

test('a text that the model refuses is a failure of that text alone', async () => {
  const { worker, embed } = createWorker();
  expect(await worker.start()).toEqual({ dimensions: 2, version: 'fake' });
  await expect(embed('refuse')).rejects.toMatchObject(unavailable);
  expect(await embed('text')).toEqual(Float32Array.of(7, 4));
});

test.each(['crash', 'exit', 'nonsense', 'hang'])(
  'a thread that does %s is replaced, and until then calls fail at once',
  async (what) => {
    const { worker, clock, embed } = createWorker();
    await worker.start();
    const lost = expect(embed(what)).rejects.toMatchObject(unavailable);
    if (what === 'hang') clock.advance(5_000);
    await lost;
    await expect(embed('text')).rejects.toMatchObject(unavailable);
    // It is time for the next thread, and for one that hangs to be terminated.
    clock.advance(1_000);
    await eventually(async () => {
      expect(await embed('text')).toEqual(Float32Array.of(7, 4));
    });
  },
);

test('a thread that dies each time it is asked is replaced later each time', async () => {
  const { worker, clock, embed } = createWorker();
  await worker.start();
  const pauses: (number | undefined)[] = [];
  for (let death = 0; death < 3; death += 1) {
    await eventually(() =>
      expect(embed('crash')).rejects.toMatchObject({ cause: { message: 'it has crashed' } }),
    );
    pauses.push(clock.nextInMs);
    clock.advance(clock.nextInMs ?? 0);
  }
  expect(pauses).toEqual([500, 1_000, 2_000]);
});

test('the embedder before the thread ends with it', async () => {
  const clock = new FakeClock();
  const parts = {
    modelFolder: '/models/multilingual-e5-small',
    timeoutMs: 40,
    clock,
    logger,
    script,
  };
  const embedder = await createTransformersEmbedder(parts);
  expect(embedder).toMatchObject({
    model: 'multilingual-e5-small',
    id: 'multilingual-e5-small@fake',
    dimensions: 2,
  });
  expect(await embedder.embed('text')).toEqual(Float32Array.of('query: '.length, 4));
  const hanging = embedder.embed('hang');
  const ended = expect(hanging).rejects.toMatchObject(unavailable);
  const closed = embedder.close();
  clock.advance(1_000);
  await Promise.all([closed, ended]);
});
