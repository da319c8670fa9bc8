import type { listPolicyRevisions, readPolicy } from '@weir/contracts/admin/guardrail-policies';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { isBuiltInPolicy, type StoredPolicy } from '@weir/contracts/guardrails/policies';
import type { Policy } from '@weir/contracts/guardrails/policy';
import {
  type DocumentKind,
  recordFields,
  revisionFields,
} from '@weir/service-kit/admin/documents/document-kind';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import { compilePolicy, type CreateCheck } from './compile-policy.ts';
import type { PolicyLibrary } from './policy-library.ts';
import { openStored, readPolicyText, showStored, storePolicy } from './stored-policy.ts';

interface Dependencies {
  readonly policies: Pick<PolicyLibrary, 'warningsOf'>;
  readonly createCheck: CreateCheck;
  readonly masterKeys: MasterKeys;
}

type PolicyRecord = ReplyOf<typeof readPolicy>;
type PolicyRevision = ReplyOf<typeof listPolicyRevisions>['data'][number];
type PolicyKind = DocumentKind<StoredPolicy, Policy, PolicyRecord, PolicyRevision>;

/** Guardrail policies, as documents that admins write. */
export function createPolicyKind({ createCheck, masterKeys, policies }: Dependencies): PolicyKind {
  const show: PolicyKind['show'] = (stored, name) => showStored(stored, { name, masterKeys });
  return {
    name: 'policy',
    parse: (text, { name, previous }) => readPolicyText(text, { name, masterKeys, previous }),
    check: (policy) => compilePolicy('', policy, createCheck).warnings,
    store: (policy, { name, updatedAtMs }) => storePolicy(policy, updatedAtMs, { name, masterKeys }),
    open: (stored, name) => openStored(stored, { name, masterKeys }),
    show,
    warningsOf: (name) => policies.warningsOf(name),
    toRecord(entry, warnings) {
      const fields = recordFields(entry, warnings);
      const builtIn = isBuiltInPolicy(entry.key);
      return {
        ...fields,
        updated_at: builtIn ? null : fields.updated_at,
        built_in: builtIn,
        policy: show(entry.value, entry.key),
      };
    },
    toRevision: (past) => ({
      ...revisionFields(past),
      policy: past.value ? show(past.value, past.key) : null,
    }),
    notFound: policyNotFound,
  };
}

export function policyNotFound(name: string): Fault {
  const message = `There is no guardrail policy ${JSON.stringify(name)}.`;
  return new Fault('policy_not_found', { message, param: 'policy' });
}
