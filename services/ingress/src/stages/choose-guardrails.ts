import { policyNameSchema } from '@weir/contracts/admin/guardrail-policies';
import type { Envelope } from '@weir/contracts/envelope';
import { maxPoliciesNamed } from '@weir/contracts/guardrails/summary';
import type { GuardrailPolicies } from '../adapters/guardrail-policies.ts';
import { firstSent, invalidHeader } from '../domain/request-headers.ts';
import type { RequestContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

const header = 'x-weir-guardrails';

export interface GuardrailsChosen {
  /** With the policies that the request is screened by; without where none checks anything. */
  readonly envelope: Envelope;
  /** All the policies that hold, also those that check nothing. */
  readonly guardrailNames: readonly string[];
}

interface ChooseParts {
  readonly policies: Pick<GuardrailPolicies, 'choose' | 'has'>;
}

/**
 * Finds out what the request has to pass: the policies of its organisation, of its key, and what it asks for itself, which can only
 * add to them. A policy that checks nothing costs no hop.
 */
export const chooseGuardrails =
  ({ policies }: ChooseParts): Stage<RequestContext & RoutingHeaders, GuardrailsChosen> =>
  ({ authenticated, envelope, headers, speaksPortkey }, next) => {
    const asked = firstSent(headers, [header])?.text;
    const own = authenticated.guardrailPolicies ?? [];
    const guardrailNames = asked === undefined ? own : [...own, ...namesIn(asked, policies)];
    const { order } = policies.choose(guardrailNames);
    if (!order) return next({ envelope, guardrailNames });
    const guardrails = speaksPortkey ? { ...order, speaksPortkey } : order;
    return next({ envelope: { ...envelope, guardrails }, guardrailNames });
  };

/** The names in a header: `balanced`, `balanced, house-rules`. */
function namesIn(text: string, policies: Pick<GuardrailPolicies, 'has'>): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > maxPoliciesNamed)
    throw invalidHeader(header, `must name at most ${maxPoliciesNamed} policies`);
  for (const name of names) {
    if (!policyNameSchema.safeParse(name).success) throw invalidHeader(header, 'must be names of policies');
    if (!policies.has(name)) throw invalidHeader(header, `names a policy that is not there: ${name}`);
  }
  return names;
}
