import { Fault } from '@weir/service-kit/fault';
import { lackOf, type Needs } from '../capabilities.ts';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import type { Health } from '../health/health.ts';
import type { Access, Assessment, Obstacle } from './candidate.ts';
import type { Subjects } from './subjects.ts';
import type { Target } from './target.ts';

export interface AssessParts {
  readonly catalogue: Catalogue;
  readonly health: Health;
  readonly subjects: Subjects;
}

export interface AssessedRequest {
  /** After aliases. */
  readonly model: string;
  readonly needs: Needs;
  /** Which of a target's credentials is the next in turn: a number that grows from request to request. */
  readonly turn: number;
}

/** Whether a target can take a request now: it has the model, the model can do what is asked, and it is not resting. */
export function assess(target: Target, request: AssessedRequest, parts: AssessParts): Assessment {
  const { catalogue, health, subjects } = parts;
  const entry = resolve(target, target.overrides.model ?? request.model, catalogue);
  if (entry instanceof Fault) {
    const obstacle: Obstacle = { kind: 'unresolved', fault: entry };
    return { target, obstacle, provider: target.provider, model: undefined };
  }
  const { provider, model } = entry;
  const lack = lackOf(model, request.needs);
  if (lack && !(lack === 'context' && target.ignoresWindow))
    return { target, obstacle: { kind: 'incapable', lack }, provider, model };
  const accesses = inTurn(subjects.of(provider, model.id, target.policy.healthScope), request.turn);
  const isUsable = ({ subject }: Access) => health.check(subject).retryAtMs === undefined;
  const usable = accesses.every(isUsable) ? accesses : accesses.filter(isUsable);
  if (usable.length > 0) return { target, provider, model, accesses: usable };
  return { target, obstacle: restOf(accesses, health), provider, model };
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
function restOf(accesses: readonly Access[], health: Health): Obstacle {
  let untilMs = Infinity;
  let reason: Extract<Obstacle, { kind: 'resting' }>['reason'] = 'no_target_available';
  for (const { subject } of accesses) {
    const verdict = health.check(subject);
    if (verdict.retryAtMs === undefined || verdict.retryAtMs >= untilMs) continue;
    untilMs = verdict.retryAtMs;
    reason = verdict.reason ?? reason;
  }
  return { kind: 'resting', untilMs, reason };
}
