import { expect, test } from 'vitest';
import { LoadTracker } from './load-tracker.ts';

function boardOf() {
  const time = { nowMs: 5_000 };
  const board = new LoadTracker({ nowMs: () => time.nowMs });
  /** An attempt from its beginning to its end. */
  const answer = (key: string, afterMs: number) => {
    const attempt = board.begin(key);
    time.nowMs += afterMs;
    attempt.content();
    attempt.end('success');
  };
  const fail = (key: string, afterMs: number) => {
    const attempt = board.begin(key);
    time.nowMs += afterMs;
    attempt.end('failure');
  };
  return { board, time, answer, fail };
}

test('a target that nobody has asked is tried first, and does not draw all requests before it has answered', () => {
  const { board, answer } = boardOf();
  answer('known', 200);
  expect(board.cost('new')).toBe(0);
  board.begin('new');
  expect(board.cost('new')).toBeGreaterThan(board.cost('known'));
});

test('one slow answer is believed at once, and fast ones only little by little', () => {
  const { board, time, answer } = boardOf();
  answer('a', 100);
  answer('a', 2_000);
  expect(board.cost('a')).toBe(2_000);
  answer('a', 100);
  expect(board.cost('a')).toBeGreaterThan(1_900);
  for (let request = 0; request < 300; request++) {
    time.nowMs += 100;
    answer('a', 100);
  }
  expect(board.cost('a')).toBeLessThan(120);
});

test('what is in flight makes a target dearer, until it has ended, once', () => {
  const { board, answer } = boardOf();
  answer('a', 100);
  const attempts = [board.begin('a'), board.begin('a'), board.begin('a')];
  expect(board.inFlight('a')).toBe(3);
  expect(board.cost('a')).toBe(400);
  for (const attempt of attempts) {
    attempt.end('neutral');
    attempt.end('neutral');
  }
  expect(board.inFlight('a')).toBe(0);
  expect(board.cost('a')).toBe(100);
});

test('a slow target that nobody asks any more is tried again, by one and not by all', () => {
  const { board, time, answer } = boardOf();
  answer('slow', 5_000);
  time.nowMs += 60_000;
  answer('fast', 100);
  expect(board.cost('slow')).toBeLessThan(board.cost('fast'));
  board.begin('slow');
  expect(board.cost('slow')).toBeGreaterThan(board.cost('fast'));
});

test('a target that fails at once does not attract traffic', () => {
  const { board, time, answer, fail } = boardOf();
  const asked = { broken: 0, good: 0 };
  answer('good', 800);
  for (let request = 0; request < 1_000; request++) {
    time.nowMs += 20;
    if (board.cost('broken') < board.cost('good')) {
      asked.broken++;
      fail('broken', 2);
    } else {
      asked.good++;
      answer('good', 800);
    }
  }
  expect(asked.broken).toBeLessThan(50);
});

test('a stream that breaks after its content counts as slow too', () => {
  const { board } = boardOf();
  const attempt = board.begin('a');
  attempt.content();
  attempt.end('failure');
  expect(board.cost('a')).toBe(1_000);
});

test('an attempt that was given up counts only where it had taken longer than usual', () => {
  const { board, time, answer } = boardOf();
  answer('a', 100);
  const early = board.begin('a');
  time.nowMs += 10;
  early.end('neutral');
  expect(board.cost('a')).toBeLessThan(100);
  const late = board.begin('a');
  time.nowMs += 700;
  late.end('neutral');
  expect(board.cost('a')).toBe(700);
});

test('percentiles are of the last 128 answers, and unknown below 20', () => {
  const { board, answer } = boardOf();
  for (let ms = 1; ms <= 19; ms++) answer('a', ms);
  expect(board.percentileMs('a', 95)).toBeUndefined();
  for (let ms = 20; ms <= 100; ms++) answer('a', ms);
  expect(board.percentileMs('a', 50)).toBe(50);
  expect(board.percentileMs('a', 95)).toBe(95);
  expect(board.percentileMs('a', 100)).toBe(100);
  for (let request = 0; request < 128; request++) answer('a', 7);
  expect(board.percentileMs('a', 95)).toBe(7);
  expect(board.percentileMs('unknown', 95)).toBeUndefined();
});

test('hedging does not make itself more frequent: a loser counts as the slow answer that it was', () => {
  const { board, time, answer } = boardOf();
  for (let request = 0; request < 128; request++) answer('a', request % 10 === 0 ? 1_000 : 100);
  let hedged = 0;
  for (let request = 0; request < 1_000; request++) {
    const delayMs = board.percentileMs('a', 95) ?? Infinity;
    const takesMs = request % 10 === 0 ? 1_000 : 100;
    if (takesMs <= delayMs) answer('a', takesMs);
    else {
      hedged++;
      const loser = board.begin('a');
      time.nowMs += delayMs + 50;
      loser.end('neutral');
    }
  }
  expect(hedged).toBeLessThanOrEqual(100);
  expect(board.percentileMs('a', 95)).toBeGreaterThan(100);
});

test('ten thousand names are kept, and no more', () => {
  const { board, answer } = boardOf();
  answer('first', 100);
  for (let name = 0; name < 10_000; name++) answer(`made up ${name}`, 1);
  expect(board.cost('first')).toBe(0);
});
