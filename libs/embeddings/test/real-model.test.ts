import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { expect, test } from 'vitest';
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

test('the model knows a paraphrase from another question, in English and in Vietnamese', async (context) => {
  const missing = missingModelFile(modelFolder);
  if (missing !== undefined) context.skip(`there is no ${missing} in ${modelFolder}`);
  const embedder = await createTransformersEmbedder({ modelFolder, timeoutMs, clock: systemClock, logger });
  try {
    const near = await cosine(
      embedder,
      'How do I reset my password?',
      'I forgot my password, how can I get a new one?',
    );
    const far = await cosine(embedder, 'How do I reset my password?', 'What is the capital of Australia?');
    expect(near).toBeGreaterThan(far + 0.05);
    const nearVi = await cosine(
      embedder,
      'Làm sao để đổi mật khẩu?',
      'Tôi muốn thay đổi mật khẩu thì làm thế nào?',
    );
    const farVi = await cosine(embedder, 'Làm sao để đổi mật khẩu?', 'Thủ đô của nước Úc là gì?');
    expect(nearVi).toBeGreaterThan(farVi + 0.05);
    // The longest text that it takes, and one without a word.
    for (const text of ['word '.repeat(2_000), '']) {
      const vector = await embedder.embed(text);
      expect(vector).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  } finally {
    await embedder.close();
  }
});
