import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LogLines } from './log-lines.ts';

/** What a person sees of a line that a program wrote, without the time of day. */
function shown(from: 'service' | 'nats', name: string, line: string): string {
  const out = new PassThrough({ encoding: 'utf8' });
  new LogLines(out)[from](name, line);
  return String(out.read() ?? '').replace(/^\d\d:\d\d:\d\d /, '');
}

test("a service's line shows its level, its message and its fields, and not what every line has", () => {
  const usual = { level: 'warn', time: '2026-01-02T03:04:05.678Z', service: 'router', instance: 'i' };
  const record = { ...usual, msg: 'slow', target: 'a', ms: 7 };
  expect(shown('service', 'router', JSON.stringify(record))).toBe('router   warn  slow target=a ms=7\n');
});

test('the stack of an error stands below its line', () => {
  const line = JSON.stringify({
    level: 'error',
    msg: 'failed',
    err: { message: 'm', stack: 'Error: m\n    at f' },
  });
  expect(shown('service', 'router', line)).toBe('router   error failed\n    Error: m\n        at f\n');
});

test('a line that is no JSON is shown as it is', () => {
  expect(shown('service', 'demo', '{ not json')).toBe('demo     { not json\n');
});

test('of nats-server only warnings and errors are shown', () => {
  const prefix = '[12] 2026/01/02 03:04:05.678901';
  expect(shown('nats', 'nats', `${prefix} [INF] Server is ready`)).toBe('');
  expect(shown('nats', 'nats', `${prefix} [WRN] slow disk`)).toBe('nats     warn  slow disk\n');
  expect(shown('nats', 'nats', `${prefix} [FTL] no disk`)).toBe('nats     error no disk\n');
});
