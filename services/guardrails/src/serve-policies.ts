import {
  deletePolicy,
  listPolicies,
  listPolicyRevisions,
  readPolicy,
  rollBackPolicy,
  writePolicy,
} from '@weir/contracts/admin/guardrail-policies';
import type { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { createDocumentChanger } from '@weir/service-kit/admin/documents/change-documents';
import { createDocumentReader } from '@weir/service-kit/admin/documents/read-documents';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { withBuiltInPolicies } from './policies/built-in-policies.ts';
import type { CreateCheck } from './policies/compile-policy.ts';
import { createPolicyKind } from './policies/policy-kind.ts';
import type { PolicyLibrary } from './policies/policy-library.ts';

interface PolicyParts {
  readonly policies: PolicyLibrary;
  readonly store: Store<typeof guardrailPolicies>;
  readonly createCheck: CreateCheck;
  readonly changeLog: ChangeLog;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly clock: Clock;
}

/** All that administers guardrail policies. Any replica answers: each has the same. */
export function servePolicies(bus: Pick<Bus, 'serve'>, parts: PolicyParts): void {
  const kind = createPolicyKind(parts);
  const reader = createDocumentReader({ kind, store: withBuiltInPolicies(parts.store) });
  const changer = createDocumentChanger({ ...parts, kind });
  const { publicKey } = parts.sealingKeys;
  bus.serve(sealingKeyOf('guardrails'), () => ({ publicKey }));
  bus.serve(listPolicies, ({ data }) => reader.list(data));
  bus.serve(readPolicy, ({ data }) => reader.read(data));
  bus.serve(writePolicy, ({ data: { sealedPolicy, ...change }, envelope }) =>
    changer.write({ ...change, sealed: sealedPolicy }, envelope),
  );
  bus.serve(deletePolicy, ({ data, envelope }) => changer.delete(data, envelope));
  bus.serve(listPolicyRevisions, ({ data }) => reader.listRevisions(data));
  bus.serve(rollBackPolicy, ({ data, envelope }) => changer.rollBack(data, envelope));
}
