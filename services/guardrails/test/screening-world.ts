import type { Action } from '@weir/contracts/guardrails/policy';
import type { ScreeningOrder } from '@weir/contracts/guardrails/summary';
import { createMetrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { Finding, SpanCheck, WholeCheck } from '../src/domain/check.ts';
import type { CompiledPolicy, CompiledScreening } from '../src/domain/compiled-policy.ts';
import { Placeholders } from '../src/masking/placeholders.ts';
import { createGuardrailMetrics } from '../src/screening/guardrail-metrics.ts';
import { Screener } from '../src/screening/screener.ts';
import { SummaryBuilder } from '../src/screening/summary-builder.ts';

/** Finds numbers of nine digits and more, and knows their names where "id " stands before them. */
export function numberCheck(action: Action, fields: Partial<SpanCheck> = {}): SpanCheck {
  return {
    kind: 'span',
    id: 'numbers',
    type: 'pii',
    onError: 'deny',
    contextLength: 3,
    reportsOnly: action === 'report',
    find: (text, _form, from = 0) =>
      [...text.matchAll(/\d{9,}/g)]
        .filter(({ index }) => index >= from)
        .map(({ 0: digits, index }): Finding => {
          const isId = text.slice(Math.max(0, index - 3), index) === 'id ';
          const span = { start: index, end: index + digits.length };
          return { span, rule: 'number', entity: isId ? 'cccd' : 'phone', score: 1, action };
        }),
    settledLength: (text) => text.length - (/\d*$/.exec(text)?.[0].length ?? 0),
    ...fields,
  };
}

/** Finds a word in any of the texts. */
export function wordCheck(word: string, fields: Partial<WholeCheck> & { action?: Action } = {}): WholeCheck {
  const { action = 'deny', ...rest } = fields;
  return {
    kind: 'whole',
    id: 'words',
    type: 'words',
    onError: 'deny',
    isSlow: false,
    unit: 'sentence',
    check: (texts) =>
      texts.flatMap(({ text }, place): Finding[] =>
        text.includes(word) ? [{ text: place, rule: 'none', score: 1, action }] : [],
      ),
    ...rest,
  };
}

export const screeningBy = (
  checks: CompiledPolicy['checks'],
  { mode = 'stream', denial = 'content_policy_violation' }: Partial<CompiledScreening & CompiledPolicy> = {},
): CompiledScreening => ({ policies: [{ name: 'p', revision: '1', denial, checks }], mode });

export interface WorldOptions extends Pick<ScreeningOrder, 'speaksPortkey'> {
  readonly direction?: 'input' | 'output';
  readonly texts?: readonly string[];
}

/** A screener by these policies, with all that it needs. */
export function createWorld(screening: CompiledScreening, options: WorldOptions = {}) {
  const { direction = 'input', speaksPortkey = false, texts = [] } = options;
  const registry = createMetrics('guardrails');
  const metrics = createGuardrailMetrics(registry);
  const clock = new FakeClock();
  const summary = new SummaryBuilder(screening.policies.map(({ name }) => name));
  const leaving = new AbortController();
  const context = {
    ...{ direction, requestType: 'chat', tenant: 'acme', requestId: 'r' },
    signal: leaving.signal,
  };
  const screener = new Screener({ screening, context, speaksPortkey, summary, metrics, clock });
  const placeholders = new Placeholders({ texts, hashKey: () => Buffer.alloc(32, 7) });
  /** The lines of a metric that count something. */
  const counted = async (metric: string) =>
    (await registry.expose()).split('\n').filter((line) => line.startsWith(`weir_${metric}{`));
  return { screener, placeholders, summary, clock, leaving, metrics, counted };
}
