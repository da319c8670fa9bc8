import { setTimeout as delay } from 'node:timers/promises';

/**
 * Tries until the assertion holds, for what only another process can bring about; fails with its last error after
 * `withinMs`. By default that is long, for busy machines: where a promise names a time, the test does.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, withinMs = 15_000): Promise<T> {
  const deadlineAtMs = Date.now() + withinMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= deadlineAtMs) throw error;
      await delay(10);
    }
  }
}
