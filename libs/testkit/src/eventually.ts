import { setTimeout as delay } from 'node:timers/promises';

/**
 * Tries until the assertion holds, for what only another process can bring about; fails with its last error after
 * `withinMs`.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, withinMs = 5_000): Promise<T> {
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
