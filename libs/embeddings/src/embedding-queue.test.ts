import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { EmbeddingQueue, type QueueLimits } from './embedding-queue.ts';

interface Asked {
  readonly texts: readonly string[];
  readonly signal: AbortSignal;
  answer(): void;
  fail(thrown: unknown): void;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const vectorOf = (text: string) => Float32Array.of(text.length, 0);

/** A queue before a model that answers when it is told to. */
function startQueue(limits: Partial<QueueLimits> = {}) {
  const clock = new FakeClock();
  const asked: Asked[] = [];
  const queue = new EmbeddingQueue({
    clock,
    timeoutMs: 40,
    limits: { batchTexts: 1, runningBatches: 1, waitingTexts: 4, keptVectors: 2, ...limits },
    embedBatch: (texts, { signal }) =>
      new Promise((resolve, reject: (thrown: unknown) => void) => {
        const answer = () => {
          resolve(texts.map(vectorOf));
        };
        asked.push({ texts, signal, answer, fail: reject });
      }),
  });
  /** All that the model has been asked for, once each is answered. */
  const answerAll = async () => {
    for (const call of asked) {
      call.answer();
      await settled();
    }
    return asked.map(({ texts }) => texts);
  };
  return { queue, clock, asked, answerAll };
}

test('a text that many ask for is embedded once, and kept', async () => {
  const { queue, answerAll } = startQueue();
  const both = Promise.all([queue.embed('text'), queue.embed('text')]);
  await settled();
  expect(await answerAll()).toEqual([['text']]);
  const [first, second] = await both;
  expect(second).toBe(first);
  expect(await queue.embed('text')).toBe(first);
});

test('the vectors that were used last are kept', async () => {
  const { queue, asked, answerAll } = startQueue();
  const embedNow = async (text: string) => {
    const vector = queue.embed(text);
    await settled();
    await answerAll();
    return vector;
  };
  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await embedNow(text);
  expect(asked.map(({ texts }) => texts[0])).toEqual(['a', 'b', 'c', 'b']);
});

test('texts that are asked for together, or while the model works, travel together', async () => {
  const { queue, asked, answerAll } = startQueue({ batchTexts: 3 });
  const first = [queue.embed('a'), queue.embed('b')];
  await settled();
  expect(asked.map(({ texts }) => texts)).toEqual([['a', 'b']]);
  const later = ['c', 'd', 'e', 'f'].map((text) => queue.embed(text));
  expect(await answerAll()).toEqual([['a', 'b'], ['d', 'e', 'f'], ['c']]);
  expect(await Promise.all([...first, ...later])).toHaveLength(6);
});

test('what cannot have its turn in time is refused at once', async () => {
  const { queue, answerAll } = startQueue({ waitingTexts: 2 });
  const taken = [queue.embed('running')];
  await settled();
  taken.push(queue.embed('a'), queue.embed('b'));
  await expect(queue.embed('c')).rejects.toMatchObject({ code: 'overloaded' });
  await answerAll();
  expect(await Promise.all(taken)).toHaveLength(3);
});

test('a call ends at its time-out, and a text that nobody waits for is not embedded', async () => {
  const { queue, clock, asked, answerAll } = startQueue();
  const running = queue.embed('running');
  await settled();
  const waiting = queue.embed('waiting', { timeoutMs: 10 });
  clock.advance(10);
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_timeout' });
  expect(asked[0]?.signal.aborted).toBe(false);
  clock.advance(30);
  await expect(running).rejects.toMatchObject({ code: 'upstream_timeout' });
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(await answerAll()).toEqual([['running']]);
  // It came late, and not in vain.
  expect(await queue.embed('running')).toEqual(vectorOf('running'));
});

test('a caller who goes away takes nothing from another who waits for the same text', async () => {
  const { queue, clock, answerAll } = startQueue();
  const impatient = queue.embed('text', { timeoutMs: 5 });
  const patient = queue.embed('text');
  clock.advance(5);
  await expect(impatient).rejects.toMatchObject({ code: 'upstream_timeout' });
  await settled();
  await answerAll();
  expect(await patient).toEqual(vectorOf('text'));
});

test('a failure of the model is that of all in the batch, and is not kept', async () => {
  const { queue, asked, answerAll } = startQueue({ batchTexts: 2 });
  const failing = [queue.embed('a'), queue.embed('b')];
  await settled();
  asked[0]?.fail(new Fault('upstream_error'));
  for (const call of failing) await expect(call).rejects.toMatchObject({ code: 'upstream_error' });
  const again = queue.embed('a');
  await settled();
  await answerAll();
  expect(await again).toEqual(vectorOf('a'));
});

test('whoever waits when it is closed is told so', async () => {
  const { queue, clock } = startQueue();
  const calls = [queue.embed('running'), queue.embed('waiting')];
  await settled();
  queue.close();
  for (const call of [...calls, queue.embed('later')])
    await expect(call).rejects.toMatchObject({ code: 'service_unavailable' });
  expect(clock.waiting).toBe(0);
});
