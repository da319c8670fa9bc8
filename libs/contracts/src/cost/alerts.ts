import { z } from 'zod';
import { recordOf } from '../collections.ts';
import { durableEvent, type DurableStream } from '../descriptors.ts';
import { limitSchema, scopeSchema } from './limits.ts';
import { nanoUsdSchema } from './money.ts';

/** What operators want to hear of, until they have. */
export const alertStream: DurableStream = { name: 'WEIR_ALERTS', subjects: ['weir.v1.alerts.>'] };

/** Percentages of a budget at which it alerts, each once in a window. */
export const alertThresholds = [50, 80, 95, 100] as const;

/** So much of a limit of money is used. */
export const thresholdReached = durableEvent('alerts.budget-threshold-reached', {
  stream: alertStream,
  data: z.object({
    scope: scopeSchema,
    /** Whose scope it is; absent for the installation. */
    organisation: z.string().optional(),
    limit: limitSchema,
    thresholdPercent: z.literal(alertThresholds),
    usedNanoUsd: nanoUsdSchema,
    limitNanoUsd: nanoUsdSchema,
    /** Unix times in milliseconds. */
    windowStartMs: z.int(),
    /** Absent where the window has no end. */
    resetAtMs: z.int().optional(),
  }),
});

/** Something of the installation's accounts is not as it should be: its operator has to look. */
export const attentionNeeded = durableEvent('alerts.attention-needed', {
  stream: alertStream,
  data: z.object({
    /** `ledger.drift`, `prices.quarantined`. */
    about: z.string(),
    /** A sentence for people. */
    message: z.string(),
    details: recordOf(z.string(), z.unknown()).optional(),
  }),
});

/** A webhook could not be called for a day. Nobody handles it: it becomes a dead letter, and is called once more when that is replayed. */
export const webhookGivenUp = durableEvent('alerts.webhook-given-up', {
  stream: alertStream,
  data: z.object({
    /** The key of the scope's limits, which have the webhook's URL and secret. */
    scopeKey: z.string(),
    /** Of the webhook, as the budget shows it. Its URL may be a secret. */
    webhookId: z.string(),
    host: z.string(),
    /** What is sent: a CloudEvent in JSON. */
    body: z.string(),
  }),
});
