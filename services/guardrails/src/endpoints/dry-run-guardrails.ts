import type { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import type { ReplyOf, RequestOf } from '@weir/contracts/descriptors';
import type { Direction } from '@weir/contracts/guardrails/policy';
import type { EndpointHandler, Served } from '@weir/service-kit/bus/bus';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { isSealed, openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { type CompiledSides, compilePolicy, type CreateCheck } from '../policies/compile-policy.ts';
import { policyNotFound } from '../policies/policy-kind.ts';
import { type PolicyLibrary, toScreening } from '../policies/policy-library.ts';
import { readPolicyText } from '../policies/stored-policy.ts';
import { type Tried, type TryPolicies } from '../screening/try-policies.ts';

interface Dependencies {
  readonly policies: Pick<PolicyLibrary, 'find'>;
  readonly createCheck: CreateCheck;
  readonly tryPolicies: TryPolicies;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
}

type Request = RequestOf<typeof dryRunGuardrails>;
type Reply = ReplyOf<typeof dryRunGuardrails>;

/** All of them have to fit into one message. */
const maxFindings = 1_000;

/** Shows what policies find in texts, and what would become of these. No provider is asked, and nothing is counted. */
export function createDryRunGuardrails({
  policies,
  createCheck,
  tryPolicies,
  masterKeys,
  sealingKeys,
}: Dependencies): EndpointHandler<typeof dryRunGuardrails> {
  function policyOf(reference: string): CompiledSides {
    if (isSealed(reference)) {
      const policy = readPolicyText(openSealed(reference, sealingKeys), { name: 'inline', masterKeys });
      return compilePolicy('inline', policy, createCheck);
    }
    const policy = policies.find(reference);
    if (!policy) throw policyNotFound(reference);
    return policy;
  }

  return async (served: Served<typeof dryRunGuardrails>): Promise<Reply> => {
    const { data, envelope, signal } = served;
    const references = [...(data.policy === undefined ? [] : [data.policy]), ...(data.policies ?? [])];
    if (references.length === 0) {
      throw new Fault('invalid_request', { message: 'Name a policy, or bring one.', param: 'policy' });
    }
    const held = references.map(policyOf);
    const { request, completion } = documentsOf(data);
    const tried = await tryPolicies({
      request,
      completion,
      screenings: { input: toScreening(held, 'input'), output: toScreening(held, 'output') },
      ...{ tenant: envelope.tenant, requestId: envelope.requestId, signal },
    });
    const warnings = held.flatMap((policy) => policy.warnings);
    if (tried.findings.length > maxFindings)
      warnings.push(`Of the findings the first ${maxFindings} are shown.`);
    return { ...toReply(data, tried), findings: tried.findings.slice(0, maxFindings), warnings };
  };
}

interface Documents {
  readonly request: object | undefined;
  readonly completion: object | undefined;
}

/** Texts alone are a request or an answer around them: they are read as these are. */
function documentsOf({ texts, direction = 'input', request, completion }: Request): Documents {
  if (!texts) {
    if (request || completion) return { request, completion };
    const message = 'Give texts, a request or a completion to try the policy on.';
    throw new Fault('invalid_request', { message, param: 'texts' });
  }
  if (request || completion) {
    const message = 'texts stand alone: give either them, or a request and a completion.';
    throw new Fault('invalid_request', { message, param: 'texts' });
  }
  return direction === 'input'
    ? { request: { model: 'any', messages: texts.map(said('user')) }, completion }
    : { request, completion: { choices: texts.map((content, index) => ({ index, ...answered(content) })) } };
}

const said = (role: string) => (content: string) => ({ role, content });
const answered = (content: string) => ({ message: said('assistant')(content), finish_reason: 'stop' });

function toReply({ texts, direction = 'input' }: Request, tried: Tried): Omit<Reply, 'warnings'> {
  const { request, completion, ...found } = tried;
  if (!texts) return { ...found, texts: null, request: request ?? null, completion: completion ?? null };
  return {
    ...found,
    texts: contentsOf(direction, direction === 'input' ? request : completion),
    request: null,
    completion: null,
  };
}

/** Of what was made of texts, and has come back in the same form. */
function contentsOf(direction: Direction, document: unknown): string[] {
  if (direction === 'input') {
    return (document as { messages: { content: string }[] }).messages.map(({ content }) => content);
  }
  const { choices } = document as { choices: { message: { content: string } }[] };
  return choices.map(({ message }) => message.content);
}
