import { expect, test } from 'vitest';
import { from, type Stage } from './stage.ts';

interface Start {
  seen: string[];
}

const first: Stage<Start, { user: string }> = ({ seen }, next) => {
  seen.push('first');
  return next({ user: 'ada' });
};

const second: Stage<{ user: string }, { greeting: string }> = ({ user }, next) =>
  next({ greeting: `hello ${user}` });

test('a request goes through the stages in their order, and each adds to what the next one knows', () => {
  const seen: string[] = [];
  const handle = from<Start>()
    .through(first)
    .through(second)
    .to(({ greeting }) => {
      seen.push(greeting);
    });
  void handle({ seen });
  expect(seen).toEqual(['first', 'hello ada']);
});

test('a stage may answer by itself', () => {
  const stop: Stage<Start, object> = ({ seen }) => {
    seen.push('stopped');
  };
  const seen: string[] = [];
  const handle = from<Start>()
    .through(stop)
    .to(() => {
      seen.push('reached');
    });
  void handle({ seen });
  expect(seen).toEqual(['stopped']);
});

test('a stage that needs what no stage before it has added does not compile', () => {
  // @ts-expect-error: `second` needs a user, which `first` adds.
  const handle = from<Start>().through(second);
  expect(handle).toBeDefined();
});

test('a stage that goes on twice throws, and the request goes on once', async () => {
  const twice: Stage<Start, object> = async (_request, next) => {
    await next({});
    await next({});
  };
  const seen: string[] = [];
  const handle = from<Start>()
    .through(twice)
    .to(() => {
      seen.push('reached');
    });
  await expect(handle({ seen })).rejects.toThrow('The stage twice called next twice.');
  expect(seen).toEqual(['reached']);
  await expect(handle({ seen })).rejects.toThrow();
  expect(seen).toEqual(['reached', 'reached']);
});
