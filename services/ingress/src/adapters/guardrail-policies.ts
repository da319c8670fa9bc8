import { arrayOf } from '@weir/contracts/collections';
import { builtInPolicies, guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { policySchema } from '@weir/contracts/guardrails/policy';
import type { ScreeningOrder } from '@weir/contracts/guardrails/summary';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

/** What a policy asks for, as far as it decides whether anybody is asked to screen. */
interface PolicyNeeds {
  readonly input: boolean;
  readonly output: boolean;
  /** Whether requests go on unscreened where nobody can screen them. */
  readonly isOptional: boolean;
}

export interface ChosenGuardrails {
  /** Undefined where no policy checks anything. */
  readonly order: Pick<ScreeningOrder, 'input' | 'output'> | undefined;
  /** Whether the request may go on unscreened where nobody can screen it. */
  readonly isOptional: boolean;
}

/** What a stored policy has to say here; what else it says is the guardrails service's to judge. */
const storedSchema = z.strictObject({
  ...policySchema.shape,
  input: z.strictObject({ checks: arrayOf(z.unknown()).default([]) }).optional(),
  output: z
    .strictObject({ checks: arrayOf(z.unknown()).default([]), mode: z.unknown().optional() })
    .optional(),
});

const unscreened: ChosenGuardrails = { order: undefined, isOptional: true };

/** How many choices are remembered: there is one for each pair of an organisation's and a key's policy. */
const maxRemembered = 1_000;

/** Which guardrail policies there are, by the local copy, and what a list of them asks for. */
export class GuardrailPolicies {
  readonly #chosen = new Map<string, ChosenGuardrails>();
  #store: Store<typeof guardrailPolicies> | undefined;

  constructor({ bus }: { bus: Pick<Bus, 'store'> }) {
    // It rejects only where the bus is drained before.
    bus.store(guardrailPolicies).then(
      (store) => {
        this.#store = store;
        store.watch(() => {
          this.#chosen.clear();
        });
      },
      () => undefined,
    );
  }

  has(name: string): boolean {
    return this.#needsOf(name) !== undefined;
  }

  /** All of the policies hold side by side. Throws `guardrails_unavailable` where one of them is not there. */
  choose(names: readonly string[]): ChosenGuardrails {
    if (names.length === 0) return unscreened;
    const key = names.join(' ');
    const known = this.#chosen.get(key);
    if (known) return known;
    const chosen = this.#choose([...new Set(names)]);
    if (this.#chosen.size >= maxRemembered) this.#chosen.clear();
    this.#chosen.set(key, chosen);
    return chosen;
  }

  #choose(names: readonly string[]): ChosenGuardrails {
    const all = names.map((name) => ({ name, needs: this.#needsOf(name) ?? missing(name) }));
    const namesOf = (side: 'input' | 'output') =>
      all.filter(({ needs }) => needs[side]).map(({ name }) => name);
    const order = { input: namesOf('input'), output: namesOf('output') };
    if (order.input.length + order.output.length === 0) return unscreened;
    const asking = all.filter(({ needs }) => needs.input || needs.output);
    return { order, isOptional: asking.every(({ needs }) => needs.isOptional) };
  }

  #needsOf(name: string): PolicyNeeds | undefined {
    const builtIn = Object.entries(builtInPolicies).find(([own]) => own === name)?.[1];
    const isUnreadable = !builtIn && this.#store?.unreadable.has(name) === true;
    const stored = isUnreadable ? undefined : this.#store?.get(name)?.value.policy;
    if (!builtIn && !stored && !isUnreadable) return undefined;
    const data = isUnreadable ? undefined : safeParse(storedSchema, builtIn ?? stored).data;
    // One that cannot be read here, or has parts that this version does not know, is the guardrails service's to refuse.
    if (!data) return { input: true, output: true, isOptional: false };
    return {
      input: (data.input?.checks.length ?? 0) > 0,
      output: (data.output?.checks.length ?? 0) > 0,
      isOptional: data.on_unavailable === 'allow',
    };
  }
}

function missing(name: string): never {
  throw new Fault('guardrails_unavailable', {
    message: `There is no guardrail policy ${JSON.stringify(name)}, which this request has to pass. Whoever administers this gateway writes it, or binds another.`,
  });
}
