import { FakeClock } from '@weir/testkit/fake-clock';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InstanceTable } from './instance-table.ts';

const found = (id: string) => ({ id, version: '0.1.0', state: 'ready', control: `control.${id}` }) as const;

function setUp(...ids: string[]) {
  const clock = new FakeClock();
  const table = new InstanceTable(clock);
  for (const id of ids) table.heard(found(id));
  return { clock, table };
}

describe('a request is put to an instance by itself', () => {
  test('while another is silent, and goes to the queue group again when that answers or is cut off', () => {
    const { table } = setUp('a', 'b');
    expect(table.choose()).toBeUndefined();
    table.unanswered('a');
    expect(table.choose()?.id).toBe('b');
    table.heard(found('a'));
    expect(table.choose()).toBeUndefined();
    table.unanswered('a');
    table.disconnected('a');
    expect(table.choose()).toBeUndefined();
  });

  test('that has room and was heard lately', () => {
    const { clock, table } = setUp('a', 'b', 'c');
    table.unanswered('a');
    table.refused('control.b');
    expect(table.choose()?.id).toBe('c');
    clock.advance(5_000);
    expect(table.choose()).toBeUndefined();
    table.heard(found('b'));
    expect(table.choose()?.id).toBe('b');
  });

  test('never to one that is silent, full or gone, whatever was heard in which order', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      what: fc.constantFrom('heard', 'unanswered', 'disconnected', 'left', 'refused'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { table } = setUp('a', 'b', 'c');
        const last = new Map<string, string>();
        for (const { id, what } of steps) {
          if (what === 'heard') table.heard(found(id));
          else if (what === 'refused') table.refused(`control.${id}`);
          else table[what](id);
          last.set(id, what);
          const chosen = table.choose();
          if (chosen) expect([undefined, 'heard']).toContain(last.get(chosen.id));
        }
      }),
    );
  });
});

describe('an instance is said to hang', () => {
  test('when it has answered nothing for two seconds, and not for one late answer', () => {
    const { clock, table } = setUp('a');
    table.unanswered('a');
    expect(table.silent()).toEqual([]);
    clock.advance(1_999);
    table.unanswered('a');
    expect(table.silent()).toEqual([]);
    clock.advance(1);
    expect(table.silent()).toMatchObject([{ id: 'a', sinceMs: clock.nowMs() - 2_000 }]);
    table.heard(found('a'));
    expect(table.silent()).toEqual([]);
  });

  test('for ten minutes after it was cut off, and never where it was stopped or killed while it answered', () => {
    const { clock, table } = setUp('hung', 'killed', 'stopped');
    table.unanswered('hung');
    clock.advance(2_000);
    table.disconnected('hung');
    table.disconnected('killed');
    table.left('stopped');
    expect(table.silent()).toMatchObject([{ id: 'hung' }]);
    clock.advance(10 * 60_000);
    table.known();
    expect(table.silent()).toEqual([]);
  });
});
