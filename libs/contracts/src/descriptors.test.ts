import { expect, test } from 'vitest';
import { z } from 'zod';
import { endpoint, event } from './descriptors.ts';
import { frameSchema } from './frames.ts';
import { completeChat, listModels } from './router.ts';

test('one name gives the subject and the service that answers on it', () => {
  const verify = endpoint('keys.verify', { request: z.object({}), reply: z.object({}), timeoutMs: 1 });
  expect(verify).toMatchObject({ name: 'keys.verify', subject: 'weir.v1.keys.verify', service: 'keys' });
  expect(event('usage.recorded', { data: z.object({}) }).subject).toBe('weir.v1.usage.recorded');
});

test('subjects that others hold on to have not changed', () => {
  expect([completeChat.subject, listModels.subject]).toEqual([
    'weir.v1.router.complete',
    'weir.v1.router.models',
  ]);
});

test.each(['accepted 0', 'chunk 17', 'end 18', 'fault 3'])('%j is a frame', (text) => {
  const [kind, sequence] = text.split(' ');
  expect(frameSchema.parse(text)).toEqual({ kind, sequence: Number(sequence) });
});

test.each(['', 'chunk', 'chunk -1', 'chunk 1e3', 'chunk 1 2', 'done 1', ' chunk 1'])('%j is none', (text) => {
  expect(frameSchema.safeParse(text).success).toBe(false);
});
