import { arrayOf } from '@weir/contracts/collections';
import { signatureOf } from '@weir/service-kit/outbound/webhook-signature';
import type { Check } from '@weir/contracts/guardrails/policy';
import { askJson, unusable } from '@weir/service-kit/outbound/ask-json';
import { z } from 'zod';
import type { CheckContext, Finding, ScreenedText, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { type CheckDependencies } from './check-dependencies.ts';
import { allowedUrl } from './allowed-url.ts';

type WebhookCheck = Check & { readonly type: 'webhook' };

/** What a webhook answers. `verdict` is Portkey's word for it: false where the texts may not pass. */
const answerSchema = z.object({
  verdict: z.boolean(),
  /** Of which texts; of all of them without it. */
  texts: arrayOf(z.int().nonnegative()).max(10_000).optional(),
  score: z.number().min(0).max(1).default(1),
});

/** Asks another service, which gets the texts and is told by a signature who asks: that of webhooks of alerts. */
export function createWebhookCheck(
  check: WebhookCheck,
  { clock, fetch, hostPolicy }: CheckDependencies,
): WholeCheck {
  const url = allowedUrl(check.url, hostPolicy);
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: true,
    unit: 'answer',
    timeoutMs: check.timeout_ms,
    async check(texts, context) {
      const body = JSON.stringify(messageOf(texts, context));
      const signature = signatureOf(body, check.secret, Math.floor(clock.nowMs() / 1_000));
      const headers = { ...check.headers, 'weir-signature': signature };
      const { signal } = context;
      const answer = await askJson(fetch, url, { body, headers, signal, schema: answerSchema });
      if (answer.verdict) return [];
      if (answer.texts?.some((text) => text >= texts.length))
        throw unusable('it names a text that it was not sent');
      const finding: Finding = { rule: 'verdict', score: answer.score, action: check.action };
      return answer.texts?.length ? answer.texts.map((text) => ({ ...finding, text })) : [finding];
    },
  };
}

const messageOf = (texts: readonly ScreenedText[], context: CheckContext) => ({
  request_id: context.requestId,
  organisation: context.tenant,
  direction: context.direction,
  request_type: context.requestType,
  texts: texts.map(({ path, role, text }) => ({ path, role, text })),
});
