import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorld, numberCheck, screeningBy, wordCheck } from '../../test/screening-world.ts';
import type { AnyCheck, CheckContext, Finding, ScreenedText, WholeCheck } from '../domain/check.ts';
import { editsOf } from './merge-findings.ts';

const said = (text: string, path = 'messages[0].content'): ScreenedText => ({ path, text, form: 'text' });
const phone = 'call 0912345678';

/** A check whose answer the test gives. */
function pendingCheck(fields: Partial<WholeCheck> = {}) {
  const { promise, resolve } = Promise.withResolvers<readonly Finding[]>();
  let seen: CheckContext | undefined;
  const check = wordCheck('', {
    ...{ id: 'remote', type: 'webhook', isSlow: true },
    check: (_texts, context) => {
      seen = context;
      return promise;
    },
    ...fields,
  });
  return { check, resolve, signal: () => seen?.signal };
}

describe('a denial', () => {
  test('says which policy, check, rule and field, and never the value', async () => {
    const { screener } = createWorld(screeningBy([numberCheck('deny')]));
    await expect(screener.screen([said('hi'), said(phone, 'messages[1].content')])).rejects.toMatchObject({
      code: 'content_policy_violation',
      message:
        'The guardrail policy "p" denies this request: its check "numbers" found "phone" in messages[1].content.',
      details: {
        param: 'messages[1].content',
        guardrails: {
          policies: ['p'],
          entries: [{ direction: 'input', check: 'numbers', action: 'deny', rule: 'phone', count: 1 }],
        },
      },
    });
  });

  test.each([
    ['its policy', { denial: 'portkey' } as const, false],
    ['its caller', {}, true],
  ])("is Portkey's 446 where %s wants it so", async (_who, policy, speaksPortkey) => {
    const { screener } = createWorld(screeningBy([numberCheck('deny')], policy), { speaksPortkey });
    await expect(screener.screen([said(phone)])).rejects.toMatchObject({
      code: 'guardrail_denied',
      status: 446,
    });
  });

  test('by a cheap check comes before slow ones are asked', async () => {
    const slow = pendingCheck();
    const { screener } = createWorld(screeningBy([slow.check, wordCheck('bomb')]));
    await expect(screener.screen([said('a bomb')])).rejects.toMatchObject({
      code: 'content_policy_violation',
    });
    expect(slow.signal()).toBeUndefined();
  });

  test('by one of the slow checks does not wait for the others, and ends them', async () => {
    const slow = pendingCheck();
    const denying = wordCheck('bomb', {
      isSlow: true,
      check: async () => [{ text: 0, rule: 'r', score: 1, action: 'deny' }],
    });
    const { screener } = createWorld(screeningBy([slow.check, denying]));
    await expect(screener.screen([said('x')])).rejects.toMatchObject({ code: 'content_policy_violation' });
    expect(slow.signal()?.aborted).toBe(true);
  });
});

describe('a check that fails', () => {
  const failing: [string, string, AnyCheck][] = [
    [
      'throws',
      'error',
      numberCheck('redact', {
        find: () => {
          throw new Error('0912345678');
        },
      }),
    ],
    ['throws later', 'error', wordCheck('', { check: async () => Promise.reject(new Error('x')) })],
    ['answers with no list', 'invalid_result', wordCheck('', { check: () => 'nonsense' as never })],
    [
      'names an action that there is not',
      'invalid_result',
      wordCheck('', { check: () => [{ rule: 'r', score: 1, action: 'explode' as never }] }),
    ],
    [
      'finds what is beyond the text',
      'invalid_result',
      numberCheck('redact', {
        find: () => [{ span: { start: 0, end: 99 }, rule: 'r', score: 1, action: 'redact' }],
      }),
    ],
    [
      'finds nothing of length',
      'invalid_result',
      numberCheck('redact', {
        find: () => [{ span: { start: 2, end: 2 }, rule: 'r', score: 1, action: 'redact' }],
      }),
    ],
    [
      'finds in a text that there is not',
      'invalid_result',
      wordCheck('', { check: () => [{ text: 5, rule: 'r', score: 1, action: 'deny' }] }),
    ],
    [
      'redacts and says not where',
      'invalid_result',
      wordCheck('', { check: () => [{ text: 0, rule: 'r', score: 1, action: 'redact' }] }),
    ],
  ];

  test.each(failing)(
    'because it %s refuses what it cannot check, and is counted',
    async (_how, reason, check) => {
      const { screener, counted } = createWorld(screeningBy([check]));
      const fault: unknown = await screener.screen([said('hello')]).catch((thrown: unknown) => thrown);
      expect(fault).toMatchObject({ code: 'guardrails_unavailable', status: 503 });
      expect(String(fault)).not.toContain('0912345678');
      expect(await counted('guardrail_check_failures_total')).toEqual([
        expect.stringMatching(
          new RegExp(`check_type="${check.type}",reason="${reason}",direction="input".* 1$`),
        ),
      ]);
    },
  );

  test.each(failing)(
    'because it %s is passed over where its policy allows it, and the summary says so',
    async (_how, _reason, check) => {
      const { screener, summary } = createWorld(
        screeningBy([{ ...check, onError: 'allow' }, numberCheck('redact', { id: 'other' })]),
      );
      expect(await screener.screen([said(phone)])).toHaveLength(1);
      expect(summary.build().failed).toEqual([check.id]);
    },
  );

  test.each([undefined, 500])('because it hangs is late after its limit, and ended', async (timeoutMs) => {
    const { check, signal } = pendingCheck(timeoutMs === undefined ? {} : { timeoutMs });
    const { screener, clock, counted } = createWorld(screeningBy([check]));
    const screened = expect(screener.screen([said('x')])).rejects.toMatchObject({
      code: 'guardrails_unavailable',
    });
    await clock.advanceAsync((timeoutMs ?? 2_000) + 1);
    await screened;
    expect(signal()?.aborted).toBe(true);
    expect(await counted('guardrail_check_failures_total')).toEqual([
      expect.stringContaining('reason="timeout"'),
    ]);
  });

  test('because its request is over is no failure', async () => {
    const { check } = pendingCheck();
    const { screener, leaving, counted, clock } = createWorld(screeningBy([check]));
    const screened = expect(screener.screen([said('x')])).rejects.toThrow();
    leaving.abort();
    await screened;
    expect(await counted('guardrail_check_failures_total')).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});

test('what several policies find is counted once, by the strictest action', async () => {
  const both = {
    policies: [
      ...screeningBy([numberCheck('report')]).policies,
      ...screeningBy([numberCheck('redact')]).policies,
    ],
    mode: 'stream' as const,
  };
  const { screener, summary, counted } = createWorld(both);
  const found = await screener.screen([said(`${phone} or 0998877665`)]);
  expect(found.map(({ finding }) => finding.action)).toEqual(['redact', 'redact']);
  expect(summary.build().entries).toEqual([
    { direction: 'input', check: 'numbers', action: 'redact', rule: 'phone', count: 2 },
  ]);
  expect(await counted('guardrail_violations_total')).toEqual([
    expect.stringMatching(/check="numbers",action="redact",direction="input".* 2$/),
  ]);
});

test("tenants' names for their checks are labels up to a hundred of them; the rest are counted by type", async () => {
  const checks = Array.from({ length: 120 }, (_, i) => numberCheck('report', { id: `check-${i}` }));
  const world = createWorld(screeningBy([]));
  for (const { id, type } of checks) world.metrics.violated({ id, type }, 'report', 'input');
  const lines = await world.counted('guardrail_violations_total');
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toMatch(/check="pii".* 20$/);
});

test('how it went is counted, and how long each kind of check took', async () => {
  const { screener, counted } = createWorld(screeningBy([numberCheck('redact'), wordCheck('never')]));
  await screener.screen([said(phone)]);
  screener.end();
  expect(await counted('guardrail_screened_total')).toEqual([expect.stringContaining('outcome="changed"')]);
  const counts = await counted('guardrail_check_seconds_count');
  expect(counts.map((line) => /check_type="(\w+)".* (\d+)$/.exec(line)?.slice(1))).toEqual([
    ['pii', '1'],
    ['words', '1'],
  ]);
});

test('edits never overlap, cover all that is to change, and are as strict as the strictest there', () => {
  const finding = fc.record({
    start: fc.nat(40),
    length: fc.integer({ min: 1, max: 10 }),
    action: fc.constantFrom('report', 'mask', 'hash', 'redact'),
  });
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 12 }), (parts) => {
      const findings = parts.map(({ start, length, action }): Finding => ({
        span: { start, end: start + length },
        rule: 'r',
        score: 1,
        action,
      }));
      const edits = editsOf(findings);
      const editAt = (at: number) => edits.filter(({ start, end }) => start <= at && at < end);
      const order = ['report', 'mask', 'hash', 'redact'];
      for (let at = 0; at < 52; at++) {
        const here = findings.filter(
          ({ span, action }) => action !== 'report' && span && span.start <= at && at < span.end,
        );
        expect(editAt(at)).toHaveLength(here.length > 0 ? 1 : 0);
        const [edit] = editAt(at);
        for (const { action } of here)
          expect(order.indexOf(edit?.action ?? '')).toBeGreaterThanOrEqual(order.indexOf(action));
      }
    }),
  );
});

describe('more is found than can be kept', () => {
  const text = '123456789 '.repeat(50_001);

  test('what changes the text is refused, with how to mend it', async () => {
    const { screener } = createWorld(screeningBy([numberCheck('redact')]));
    const screened = screener.screen([{ path: 'x', text, form: 'text' }]);
    await expect(screened).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('Send it in parts') as string,
    });
  });

  test('what is only reported on passes', async () => {
    const { screener } = createWorld(screeningBy([numberCheck('report')]));
    expect(await screener.screen([{ path: 'x', text, form: 'text' }])).toHaveLength(50_000);
  });
});
