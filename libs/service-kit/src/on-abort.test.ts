import { expect, test } from 'vitest';
import { onAbort } from './on-abort.ts';

test('a task is called once, when its signal is aborted', () => {
  const controller = new AbortController();
  let calls = 0;
  onAbort(controller.signal, () => calls++);
  expect(calls).toBe(0);
  controller.abort();
  controller.abort();
  expect(calls).toBe(1);
});

test('a signal that is aborted already calls at once', () => {
  let calls = 0;
  onAbort(AbortSignal.abort(), () => calls++);
  expect(calls).toBe(1);
});

test('what was given up is not called', () => {
  const controller = new AbortController();
  let calls = 0;
  onAbort(controller.signal, () => calls++)();
  controller.abort();
  expect(calls).toBe(0);
});
