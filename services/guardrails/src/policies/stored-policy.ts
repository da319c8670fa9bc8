import { type StoredPolicy } from '@weir/contracts/guardrails/policies';
import { type Policy, policySchema } from '@weir/contracts/guardrails/policy';
import { maxStoredPolicyBytes } from '@weir/contracts/limits';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { Json } from '@weir/service-kit/admin/documents/document-kind';
import type { SecretsOptions } from '@weir/service-kit/admin/documents/document-secrets';
import { readDocumentText } from '@weir/service-kit/admin/documents/document-text';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { anySecretsSchema, policySecrets } from './policy-secrets.ts';

const words = { code: 'invalid_policy', whole: 'The policy' } as const;

/**
 * Reads a policy from its JSON. Throws `invalid_policy`, whose `param` is the path of what is wrong, also where it has a masked secret
 * that the state before has not.
 */
export function readPolicyText(
  text: string,
  { previous, ...options }: SecretsOptions & { previous?: StoredPolicy | undefined },
): Policy {
  const given = parseOrFault(
    anySecretsSchema,
    readDocumentText(text, { ...words, maxBytes: maxStoredPolicyBytes }),
    words,
  );
  const before = previous && anySecretsSchema.safeParse(previous.policy).data;
  const unmasked = policySecrets.unmask(given, { ...options, previous: before });
  return parseOrFault(policySchema, unmasked, words);
}

/** A policy as it is stored: with its secrets encrypted. */
export function storePolicy(policy: Policy, updatedAtMs: number, options: SecretsOptions): StoredPolicy {
  return { policy: policySecrets.encrypt(anySecretsSchema.parse(policy), options), updatedAtMs };
}

/**
 * A stored policy as it is used. Throws `invalid_policy` where it is none that this version understands, and `internal_error` where
 * its secrets cannot be decrypted.
 */
export function openStored({ policy }: StoredPolicy, options: SecretsOptions): Policy {
  return parseOrFault(
    policySchema,
    policySecrets.decrypt(parseOrFault(anySecretsSchema, policy, words), options),
    words,
  );
}

/** A stored policy as admins see it; also one that this version does not understand, since somebody has to mend it. */
export function showStored({ policy }: StoredPolicy, options: SecretsOptions): Json {
  const understood = anySecretsSchema.safeParse(policy).data;
  return understood ? policySecrets.mask(understood, options) : withoutSecrets(policy);
}

const secretFields = new Set(['api_key', 'secret', 'headers']);

function withoutSecrets(policy: Json): Json {
  return parseOwnJson(
    JSON.stringify(policy, (name, field: unknown) => (secretFields.has(name) ? '****' : field)),
  ) as Json;
}
