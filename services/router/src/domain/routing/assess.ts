import type { ChatRequest } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { lackOf, needsOf, type Needs } from '../capabilities.ts';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import type { Health, Verdict } from '../health/health.ts';
import type { Access, Assessment, Obstacle } from './candidate.ts';
import { withOverrides } from './overrides.ts';
import type { Subjects } from './subjects.ts';
import type { Target } from './target.ts';

export interface AssessParts {
  readonly catalogue: Catalogue;
  readonly health: Health;
  readonly subjects: Subjects;
}

export interface AssessedRequest {
  /** Its model's name is what is left after aliases. */
  readonly chat: ChatRequest;
  readonly needs: Needs;
  /** Which of a target's credentials is the next in turn: a number that grows from request to request. */
  readonly turn: number;
}

/** Whether a target can take a request now: it has the model, the model can do what is asked, and it is not resting. */
export function assess(target: Target, request: AssessedRequest, parts: AssessParts): Assessment {
  const { catalogue, health, subjects } = parts;
  const entry = resolve(target, target.overrides.model ?? request.chat.model, catalogue);
  if (entry instanceof Fault) {
    const obstacle: Obstacle = { kind: 'unresolved', fault: entry };
    return { target, obstacle, provider: target.provider, model: undefined };
  }
  const { provider, model } = entry;
  const lack = lackOf(model, needsAt(target, request));
  if (lack && !(lack === 'context' && target.ignoresWindow))
    return { target, obstacle: { kind: 'incapable', lack }, provider, model };
  const accesses = inTurn(subjects.of(provider, model.id, target.policy.healthScope), request.turn);
  // Once for each: between two looks a rest may be over.
  const verdicts = accesses.map(({ subject }) => health.check(subject));
  const isUsable = (index: number) => verdicts[index]?.retryAtMs === undefined;
  const usable = verdicts.every((_, index) => isUsable(index))
    ? accesses
    : accesses.filter((_, index) => isUsable(index));
  if (usable.length > 0) return { target, provider, model, accesses: usable };
  return { target, obstacle: restOf(verdicts), provider, model };
}

/** A config may take tools out of a request, or put some in. */
function needsAt({ overrides }: Target, { chat, needs }: AssessedRequest): Needs {
  return overrides.tools === undefined ? needs : needsOf(withOverrides(chat, overrides));
}

function resolve(target: Target, model: string, catalogue: Catalogue): CatalogueEntry | Fault {
  try {
    return target.provider ? catalogue.resolveAt(target.provider, model) : catalogue.resolve(model);
  } catch (thrown) {
    return Fault.from(thrown);
  }
}

function inTurn(accesses: readonly Access[], turn: number): readonly Access[] {
  if (accesses.length < 2) return accesses;
  const first = turn % accesses.length;
  return [...accesses.slice(first), ...accesses.slice(0, first)];
}

/** It rests until the first of its credentials does not. */
function restOf(verdicts: readonly Verdict[]): Obstacle {
  const [first] = verdicts.toSorted((a, b) => (a.retryAtMs ?? 0) - (b.retryAtMs ?? 0));
  return {
    kind: 'resting',
    untilMs: first?.retryAtMs ?? 0,
    reason: first?.reason ?? 'no_target_available',
  };
}
