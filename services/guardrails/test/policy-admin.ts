import {
  deletePolicy,
  listPolicies,
  listPolicyRevisions,
  readPolicy,
  rollBackPolicy,
  writePolicy,
} from '@weir/contracts/admin/guardrail-policies';
import { changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Actor } from '@weir/contracts/envelope';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import type { Check } from '@weir/contracts/guardrails/policy';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import type { Store } from '@weir/service-kit/bus/store';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { servedFunctions } from '@weir/testkit/served-functions';
import { InvalidCheck } from '../src/checks/check-dependencies.ts';
import type { AnyCheck } from '../src/domain/check.ts';
import type { CreateCheck } from '../src/policies/compile-policy.ts';
import { PolicyLibrary } from '../src/policies/policy-library.ts';
import { servePolicies } from '../src/serve-policies.ts';

export const silentLogger = createLogger({ service: 'guardrails', instance: 'test', level: 'silent' });

interface PolicyAdminOptions {
  store?: Store<typeof guardrailPolicies>;
  masterKeys?: MasterKeys;
  clock?: FakeClock;
  /** Who administers; nobody without it. */
  actor?: Actor;
  createCheck?: CreateCheck;
}

/** One replica's part in keeping policies, without a bus. Without `createCheck` its checks find nothing. */
export function createPolicyAdmin({
  clock = new FakeClock(),
  store = new MemoryStore(guardrailPolicies, { clock }),
  masterKeys = new MasterKeys([Buffer.alloc(32, 1)]),
  actor,
  createCheck: create = createFakeCheck,
}: PolicyAdminOptions = {}) {
  const made: Check[] = [];
  const createCheck = (check: Check): AnyCheck => {
    made.push(check);
    return create(check);
  };
  const sealingKeys = sealingKeysOf(masterKeys);
  const library = new PolicyLibrary({ store, createCheck, masterKeys, logger: silentLogger });
  const changes: DataOf<typeof changeMade>[] = [];
  const publishDurable = (_event: unknown, data: unknown) => {
    changes.push(changeMade.data.parse(data));
  };
  const changeLog = createChangeLog({ bus: { publishDurable }, clock });
  const { callOf, serve } = servedFunctions(actor);
  servePolicies(
    { serve },
    { policies: library, store, createCheck, changeLog, masterKeys, sealingKeys, clock },
  );
  const writeSealed = callOf(writePolicy);
  return {
    library,
    /** What the audit log was told. */
    changes,
    /** The checks that were made, as they stand in their policies. */
    made,
    list: callOf(listPolicies),
    read: callOf(readPolicy),
    write: (name: string, policy: object, expectedRevision?: number | 'none') =>
      writeSealed({
        name,
        sealedPolicy: seal(JSON.stringify(policy), sealingKeys.publicKey),
        expectedRevision,
      }),
    delete: callOf(deletePolicy),
    listRevisions: callOf(listPolicyRevisions),
    rollBack: callOf(rollBackPolicy),
  };
}

function createFakeCheck(check: Check): AnyCheck {
  if (check.type === 'regex' && check.patterns[0]?.pattern === '(') {
    throw new InvalidCheck('patterns[0].pattern', "is no pattern in RE2's syntax");
  }
  const { id = check.type, on_error: onError, type } = check;
  return { id, type, onError, kind: 'span', contextLength: 0, find: () => [], settledLength: () => 0 };
}
