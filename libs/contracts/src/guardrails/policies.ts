import { z } from 'zod';
import { bucket, type ValueOf } from '../bucket.ts';
import { recordOf } from '../collections.ts';
import { type Policy, policySchema } from './policy.ts';

const pii = (fields: object) => ({ checks: [{ type: 'pii', ...fields }] });

/** What every installation has, under names that no stored policy may take. */
export const builtInPolicies = {
  off: policySchema.parse({ description: 'Checks nothing' }),
  report: policySchema.parse({
    description: 'Changes nothing, and tells what was found',
    input: pii({ action: 'report' }),
    output: pii({ action: 'report' }),
    on_unavailable: 'allow',
  }),
  balanced: policySchema.parse({
    description: 'Redacts what is personal data by its form or by the words around it',
    input: pii({ action: 'redact', actions: { secret: 'redact' } }),
    output: pii({ action: 'redact' }),
  }),
  strict: policySchema.parse({
    description: 'Redacts what may be personal data, and refuses secrets, abuse and attempts at injection',
    input: {
      checks: [
        { type: 'pii', level: 'strict', action: 'redact', actions: { secret: 'deny' } },
        { type: 'blocklist', lists: ['vi', 'en'], action: 'deny' },
        { type: 'prompt_injection', action: 'deny' },
      ],
    },
    output: {
      checks: [
        { type: 'pii', level: 'strict', action: 'redact' },
        { type: 'blocklist', lists: ['vi', 'en'], action: 'deny' },
      ],
    },
  }),
} satisfies Record<string, Policy>;

export type BuiltInPolicy = keyof typeof builtInPolicies;

export const isBuiltInPolicy = (name: string): name is BuiltInPolicy => Object.hasOwn(builtInPolicies, name);

/** What a new organisation is bound to. */
export const defaultPolicy: BuiltInPolicy = 'report';

/** The guardrail policies that were written, by name. Secrets in them are encrypted. */
export const guardrailPolicies = bucket('guardrail-policies', {
  value: z.strictObject({
    /** The policy's JSON. Its `api_key`s, `secret`s and `headers` are Fernet tokens under the guardrails' master keys. */
    policy: recordOf(z.string(), z.unknown()),
    updatedAtMs: z.int().nonnegative(),
  }),
  history: 64,
  storage: 'file',
});

export type StoredPolicy = ValueOf<typeof guardrailPolicies>;
