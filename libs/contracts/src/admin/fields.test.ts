import { expect, test } from 'vitest';
import { timeZoneSchema } from './fields.ts';
import { readCostReport } from './reports.ts';
import { listUsage } from './usage.ts';

const legacy = ['US/Pacific-New', 'US/Pacific', 'SystemV/PST8PDT', 'Asia/Hanoi', 'GB', 'EST5EDT', 'Factory'];
const malformed = ['+05:30', '', 'Asia', 'Asia/', 'Asia/Kolkata/', 'asia/kolkata', 'Asia/kolkata', 'utc'];

test.each(['IST', 'BST', 'CNT', 'CST', 'ACT', 'JST', ...legacy, ...malformed])(
  'what JavaScript and Postgres may not agree about is no time zone: "%s"',
  (name) => {
    expect(timeZoneSchema.safeParse(name).error?.issues[0]?.message).toContain('must be a time zone');
  },
);

test.each([
  ['UTC', 'UTC'],
  ['Asia/Ho_Chi_Minh', 'Asia/Ho_Chi_Minh'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Port-au-Prince', 'America/Port-au-Prince'],
  ['Europe/BERLIN', 'Europe/Berlin'],
  ['Etc/GMT+5', 'Etc/GMT+5'],
])('%s is kept as %s', (name, kept) => {
  expect(timeZoneSchema.parse(name)).toBe(kept);
});

test.each(['2020', 'yesterday', '2026-02-30', '1969-12', '2026-11-30T13:00', '1969-01-01T00:00:00Z'])(
  'who asks for a time that is none, as "%s", is told how one is written',
  (from) => {
    for (const { request } of [readCostReport, listUsage]) {
      expect(request.safeParse({ from }).error?.issues[0]?.message).toMatch(/^must be a time/);
    }
  },
);
