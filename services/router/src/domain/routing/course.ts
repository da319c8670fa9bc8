import type { Fault } from '@weir/service-kit/fault';
import { isAmong, isFinal, isMendableElsewhere, type Failure } from '../failure.ts';
import { isCandidate, type Assessment, type Candidate, type PassedOver } from './candidate.ts';
import type { CompiledConfig } from './compiled-config.ts';
import { noCandidateFault } from './final-fault.ts';
import { inTurn, pickerFor, type OrderView, type Picker } from './order.ts';
import { modelsTakingOver, targetsTakingOver } from './take-over.ts';
import type { Group, Target } from './target.ts';

export interface CourseView extends OrderView {
  /** The model that the request names, after aliases. */
  readonly model: string;
  readonly assess: (target: Target) => Assessment;
}

/** A group on the way to the target that was given last; the outermost has none. */
interface Step {
  readonly group: Group | undefined;
  readonly pick: Picker;
  /** Why the last of its children failed. */
  last: Failure | undefined;
}

/**
 * One request's way from target to target: which takes it, and which the next when that one fails. Nothing is asked here;
 * whoever goes the way asks, and comes back with a failure for another target, or not at all.
 */
export class Course {
  /** The targets that could not take the request when it was their turn. */
  readonly passedOver: PassedOver[] = [];
  readonly #config: CompiledConfig;
  readonly #view: CourseView;
  /** From the outermost group to the innermost. */
  readonly #way: Step[];
  #last: Failure | undefined;
  #hasGiven = false;
  /** Whether the config's own targets are behind us, and the models that take over are being asked. */
  #isTakenOver = false;

  constructor(config: CompiledConfig, view: CourseView) {
    this.#config = config;
    this.#view = view;
    this.#way = [{ group: undefined, pick: inTurn([config.root]), last: undefined }];
  }

  get model(): string {
    return this.#view.model;
  }

  first(): Candidate | undefined {
    return this.#given(this.#advance(undefined) ?? this.#largest());
  }

  /** The target to ask after the last one's failure; undefined where there is none, or where none would mend it. */
  after(failure: Failure): Candidate | undefined {
    this.#last = failure;
    const next = this.#advance(failure);
    if (next || this.#isTakenOver || isFinal(failure)) return this.#given(next);
    this.#isTakenOver = true;
    const models = targetsTakingOver(failure, this.#config, this.#view.model);
    this.#way.push({ group: undefined, pick: inTurn(models), last: undefined });
    return this.#given(this.#advance(undefined));
  }

  /** Why the request fails, once there is no other target. */
  fault(nowMs: number): Fault {
    return this.#last?.fault ?? noCandidateFault(this.passedOver, nowMs);
  }

  /** The next target on the way that can take the request. Each group decides whether its child's failure moves on. */
  #advance(given: Failure | undefined): Candidate | undefined {
    let failure = given;
    for (let step = this.#way.at(-1); step; step = this.#way.at(-1)) {
      step.last = failure ?? step.last;
      const child = failure && !this.#movesOn(step.group, failure) ? undefined : step.pick();
      if (!child) {
        failure = step.last;
        this.#way.pop();
        continue;
      }
      failure = undefined;
      if (child.kind === 'group') {
        this.#way.push({ group: child, pick: pickerFor(child, this.#view), last: undefined });
        continue;
      }
      const assessed = this.#view.assess(child);
      if (isCandidate(assessed)) return assessed;
      this.passedOver.push(assessed);
    }
    return undefined;
  }

  #movesOn(group: Group | undefined, failure: Failure): boolean {
    if (isFinal(failure)) return false;
    if (!group) return this.#isTakenOver;
    if (modelsTakingOver(failure, this.#config, this.#view.model).length > 0) return false;
    return group.onStatusCodes ? isAmong(group.onStatusCodes, failure) : isMendableElsewhere(failure);
  }

  /** How long a request is, is an estimate: where it fits nowhere, the provider of the largest window has the last word. */
  #largest(): Candidate | undefined {
    const tooSmall = this.passedOver.filter(
      ({ obstacle }) => obstacle.kind === 'incapable' && obstacle.lack === 'context',
    );
    const [largest] = tooSmall.toSorted((a, b) => windowOf(b) - windowOf(a));
    if (this.#hasGiven || !largest) return undefined;
    const assessed = this.#view.assess({ ...largest.target, ignoresWindow: true });
    return isCandidate(assessed) ? assessed : undefined;
  }

  #given(candidate: Candidate | undefined): Candidate | undefined {
    this.#hasGiven ||= candidate !== undefined;
    return candidate;
  }
}

function windowOf({ model }: PassedOver): number {
  return model?.contextTokens ?? 0;
}
