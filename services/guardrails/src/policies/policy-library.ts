import { builtInPolicies, isBuiltInPolicy, type StoredPolicy } from '@weir/contracts/guardrails/policies';
import type { Direction } from '@weir/contracts/guardrails/policy';
import type { DocumentStore } from '@weir/service-kit/admin/documents/document-kind';
import type { StoreEntry } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import { type CompiledSides, compilePolicy, type CreateCheck } from './compile-policy.ts';
import { openStored } from './stored-policy.ts';

interface Dependencies {
  readonly store: Pick<DocumentStore<StoredPolicy>, 'watch'>;
  readonly createCheck: CreateCheck;
  readonly masterKeys: MasterKeys;
  readonly logger: Logger;
}

/** How many sets of policies are kept put together. Organisations, keys and headers make few. */
const maxSets = 1_024;

/** Every guardrail policy, with its checks ready to run. They are made once for each revision. */
export class PolicyLibrary {
  readonly #dependencies: Dependencies;
  /** A fault is why a policy cannot be used. */
  readonly #policies = new Map<string, CompiledSides | Fault>();
  readonly #screenings = new Map<string, CompiledScreening>();

  constructor(dependencies: Dependencies) {
    const { createCheck, store } = dependencies;
    this.#dependencies = dependencies;
    for (const [name, policy] of Object.entries(builtInPolicies)) {
      this.#policies.set(name, compilePolicy(name, policy, createCheck));
    }
    store.watch((name, entry) => {
      if (isBuiltInPolicy(name)) return undefined;
      const policy = entry && (entry.fault ?? this.#compileStored(entry));
      if (policy) this.#policies.set(name, policy);
      else this.#policies.delete(name);
      this.#screenings.clear();
      return policy;
    });
  }

  /** A policy; undefined where there is none of the name. Throws `stored_entry_unreadable` where this replica cannot read or use it. */
  find(name: string): CompiledSides | undefined {
    const policy = this.#policies.get(name);
    if (policy instanceof Fault) throw policy;
    return policy;
  }

  /**
   * What holds on one side of a request that falls under all of these policies; of a name that occurs twice, once. Throws
   * `guardrails_unavailable` where one of them is not there, and `stored_entry_unreadable` where one cannot be read or used:
   * nothing passes because of that.
   */
  resolve(names: readonly string[], side: Direction): CompiledScreening {
    const key = `${side} ${names.join(' ')}`;
    const known = this.#screenings.get(key);
    if (known) return known;
    const screening = toScreening(
      [...new Set(names)].map((name) => this.#usable(name)),
      side,
    );
    if (this.#screenings.size >= maxSets) this.#screenings.clear();
    this.#screenings.set(key, screening);
    return screening;
  }

  /** What those who administer a policy should know of it: what of it has no effect, or why it cannot be used. */
  warningsOf(name: string): readonly string[] {
    // That `off` checks nothing is what it is for.
    if (isBuiltInPolicy(name)) return [];
    const policy = this.#policies.get(name);
    return policy instanceof Fault ? [policy.message] : (policy?.warnings ?? []);
  }

  #usable(name: string): CompiledSides {
    const policy = this.#policies.get(name);
    if (policy instanceof Fault) throw policy;
    if (policy) return policy;
    const message = `There is no guardrail policy ${JSON.stringify(name)}.`;
    throw new Fault('guardrails_unavailable', {
      message: `The request has to pass guardrails that are not available. ${message}`,
    });
  }

  /** Never throws: a policy that cannot be used must not take the others with it. */
  #compileStored({ key: name, value, revision }: StoreEntry<StoredPolicy>): CompiledSides | Fault {
    const { createCheck, logger, masterKeys } = this.#dependencies;
    try {
      // A bucket that was made anew counts its revisions anew.
      const written = `${revision} ${value.updatedAtMs}`;
      return compilePolicy(name, openStored(value, { name, masterKeys }), createCheck, written);
    } catch (thrown) {
      const { message } = Fault.from(thrown);
      const fault = new Fault('stored_entry_unreadable', {
        message: `The guardrail policy ${JSON.stringify(name)} cannot be used: ${message}`,
        cause: thrown,
      });
      logger.error({ policy: name, revision, err: fault }, 'a stored guardrail policy cannot be used');
      return fault;
    }
  }
}

/** Several policies side by side, on one side of a request. */
export function toScreening(policies: readonly CompiledSides[], side: Direction): CompiledScreening {
  return {
    policies: policies.map((policy) => policy[side]).filter(({ checks }) => checks.length > 0),
    mode: policies.some(({ mode }) => mode === 'buffered') ? 'buffered' : 'stream',
  };
}
