import type { Fault } from '@weir/service-kit/fault';
import { isAmong, isFinal, isMendableElsewhere, type Failure } from '../failure.ts';
import { isCandidate, type Assessment, type Candidate, type PassedOver } from './candidate.ts';
import type { CompiledConfig } from './compiled-config.ts';
import { noCandidateFault } from './final-fault.ts';
import { inTurn, pickerFor, type OrderView } from './order.ts';
import { Step } from './step.ts';
import { isTakenOver, targetsTakingOver, type TakenOver } from './take-over.ts';
import type { Group, Target } from './target.ts';

export interface CourseView extends OrderView {
  /** The model that the request names, after aliases. */
  readonly model: string;
  readonly assess: (target: Target) => Assessment;
  /** What was found of targets is to be found anew: time has passed. */
  readonly refresh: () => void;
}

type MovesOn = (group: Group | undefined) => boolean;

const always: MovesOn = () => true;

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
  #way: Step[];
  /** The failures for which other models have taken over already. */
  readonly #takenOver = new Set<TakenOver>();

  constructor(config: CompiledConfig, view: CourseView) {
    this.#config = config;
    this.#view = view;
    this.#way = [new Step(undefined, inTurn([config.root]))];
  }

  get model(): string {
    return this.#view.model;
  }

  first(): Candidate | undefined {
    return this.#advance(always) ?? this.#instead();
  }

  /** The target to ask after the failure of another; undefined where there is none, or where none would mend it. */
  after(failure: Failure, failed: Candidate): Candidate | undefined {
    this.#view.refresh();
    const { code } = failure.fault;
    if (isTakenOver(code) && this.takesOver(code, failed)) return this.#takeOver(code, failed);
    return this.#advance((group) => this.#movesOn(group, failure));
  }

  /** The target to ask whatever has become of the one before it. Where there is none, the way is as it was. */
  beside(): Candidate | undefined {
    this.#view.refresh();
    return this.#hasNext(always) ? this.#advance(always) : undefined;
  }

  /** Whether there would be another target after this failure. Changes nothing. */
  couldMoveOn(failure: Failure): boolean {
    this.#view.refresh();
    return this.#hasNext((group) => this.#movesOn(group, failure));
  }

  /** Whether the config names other models for such a failure, which have not been asked yet. */
  takesOver(code: TakenOver, failed: Candidate | undefined): boolean {
    return !this.#takenOver.has(code) && this.#successors(code, failed).length > 0;
  }

  /** Why a request fails that no target could be asked with. */
  fault(nowMs: number): Fault {
    return noCandidateFault(this.passedOver, nowMs);
  }

  /** The next target that can take the request. Each group decides whether a failure below it moves on. */
  #advance(movesOn: MovesOn): Candidate | undefined {
    for (let step = this.#way.at(-1); step; step = this.#way.at(-1)) {
      const found = movesOn(step.group) ? this.#descend(step) : undefined;
      if (found) return found;
      this.#way.pop();
    }
    return undefined;
  }

  #descend(step: Step): Candidate | undefined {
    for (let child = step.pick(); child; child = step.pick()) {
      if (child.kind === 'group') {
        const below = new Step(child, pickerFor(child, this.#view));
        this.#way.push(below);
        const found = this.#descend(below);
        if (found) return found;
        this.#way.pop();
      } else {
        const assessed = this.#view.assess(child);
        if (isCandidate(assessed)) return assessed;
        this.passedOver.push(assessed);
      }
    }
    return undefined;
  }

  #hasNext(movesOn: MovesOn): boolean {
    return this.#way.some((step) => movesOn(step.group) && step.has(this.#view.isAble));
  }

  #movesOn(group: Group | undefined, failure: Failure): boolean {
    if (isFinal(failure)) return false;
    // Nobody was asked: the target began to rest just before its turn, and is passed over as others are.
    if (failure.fault.code === 'no_target_available') return true;
    if (!group) return true;
    return group.onStatusCodes ? isAmong(group.onStatusCodes, failure) : isMendableElsewhere(failure);
  }

  #successors(code: TakenOver, failed: Candidate | undefined): Target[] {
    return targetsTakingOver(code, this.#config, { failed, asked: this.#view.model });
  }

  #takeOver(code: TakenOver, failed: Candidate | undefined): Candidate | undefined {
    const targets = this.#successors(code, failed);
    this.#takenOver.add(code);
    this.#way = [new Step(undefined, inTurn(targets))];
    return this.#advance(always);
  }

  /**
   * Where a request seems too long for all: the models that the config names for that, else the one with the largest window.
   * How long it is, is an estimate, so its provider has the last word.
   */
  #instead(): Candidate | undefined {
    const tooSmall = this.passedOver.filter(
      ({ obstacle }) => obstacle.kind === 'incapable' && obstacle.lack === 'context',
    );
    const [largest] = tooSmall.toSorted((a, b) => windowOf(b) - windowOf(a));
    if (!largest) return undefined;
    const code = 'context_length_exceeded';
    const successor = this.takesOver(code, undefined) ? this.#takeOver(code, undefined) : undefined;
    if (successor) return successor;
    const assessed = this.#view.assess({ ...largest.target, ignoresWindow: true });
    return isCandidate(assessed) ? assessed : undefined;
  }
}

function windowOf({ model }: PassedOver): number {
  return model?.contextTokens ?? 0;
}
