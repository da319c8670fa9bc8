import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import type { Embedder } from '../src/embedder.ts';
import { missingModelFile } from '../src/transformers/model-folder.ts';
import { createTransformersEmbedder } from '../src/transformers/transformers-embedder.ts';

const modelFolder = process.env['WEIR_EMBEDDER_MODEL'] ?? '/work/shared/models/multilingual-e5-small';
const logger = createLogger({ service: 'cache', instance: 'test', level: 'silent' });
const timeoutMs = 20_000;

async function cosine(embedder: Embedder, a: string, b: string): Promise<number> {
  const [left, right] = await Promise.all([embedder.embed(a), embedder.embed(b)]);
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

const questions = [
  [
    'How do I reset my password?',
    'I forgot my password, how can I get a new one?',
    'What is the capital of Australia?',
  ],
  ['Làm sao để đổi mật khẩu?', 'Tôi muốn thay đổi mật khẩu thì làm thế nào?', 'Thủ đô của nước Úc là gì?'],
] as const;

/** Skips the test where there is no model. */
async function startModel(context: TestContext): Promise<Embedder> {
  const missing = missingModelFile(modelFolder);
  if (missing !== undefined) context.skip(`there is no ${missing} in ${modelFolder}`);
  const embedder = await createTransformersEmbedder({ modelFolder, timeoutMs, clock: systemClock, logger });
  onTestFinished(() => embedder.close());
  return embedder;
}

test('the model knows a paraphrase from another question, in English and in Vietnamese', async (context) => {
  const embedder = await startModel(context);
  for (const [question, paraphrase, other] of questions) {
    const far = await cosine(embedder, question, other);
    expect(await cosine(embedder, question, paraphrase)).toBeGreaterThan(far + 0.05);
  }
  // The longest text that it takes, and one without a word.
  for (const text of ['word '.repeat(2_000), '']) {
    const vector = await embedder.embed(text);
    expect(vector).toHaveLength(embedder.dimensions);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  }
});

test('a thread that is ended within the model does not take the process with it', async (context) => {
  const embedder = await startModel(context);
  const text = 'word '.repeat(600);
  const call = expect(embedder.embed(text)).rejects.toMatchObject({ code: 'service_unavailable' });
  await expect(embedder.embed(text, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'upstream_timeout' });
  await embedder.close();
  await call;
});
