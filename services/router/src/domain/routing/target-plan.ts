import type { Fault } from '@weir/service-kit/fault';
import type { Failure } from '../failure.ts';
import {
  isAvailable,
  type Availability,
  type AvailableTarget,
  type UnavailableTarget,
} from './available-target.ts';
import type { CompiledConfig, Group, Target } from './compiled-config.ts';
import { fallsBack, hasModelFallbacks, type ModelFallbackCode } from './fallback-policy.ts';
import { GroupCursor, inOrder } from './group-cursor.ts';
import { modelFallbackTargets } from './model-fallbacks.ts';
import { noTargetFault } from './no-target-fault.ts';
import { isFinal } from './retry-policy.ts';
import { pickerFor, type StrategyView } from './strategy-order.ts';

export interface PlanView extends StrategyView {
  /** The model that the request names, after aliases. */
  readonly model: string;
  readonly availabilityOf: (target: Target) => Availability;
  /** Called when time has passed: what was found of targets may have changed. */
  readonly forgetAvailability: () => void;
}

type LeavesGroup = (group: Group | undefined) => boolean;

const always: LeavesGroup = () => true;

/**
 * The targets of one request, one at a time: the first, and after a failure the next. It walks the tree of the config,
 * depth first, and makes no calls itself.
 */
export class TargetPlan {
  /** The targets that could not take the request when it was their turn. */
  readonly unavailable: UnavailableTarget[] = [];
  readonly #config: CompiledConfig;
  readonly #view: PlanView;
  /** The path to the current target, from the outermost group to the innermost. */
  #path: GroupCursor[];
  /** The failures whose fallback models were tried. Each is tried once for a request. */
  readonly #usedFallbacks = new Set<ModelFallbackCode>();

  constructor(config: CompiledConfig, view: PlanView) {
    this.#config = config;
    this.#view = view;
    this.#path = [new GroupCursor(undefined, inOrder([config.root]))];
  }

  get model(): string {
    return this.#view.model;
  }

  first(): AvailableTarget | undefined {
    return this.#advance(always) ?? this.#despiteContextWindow();
  }

  /** The target after a failed one; undefined where there is none, or where the failure is not one to fall back from. */
  nextAfter(failure: Failure, failed: AvailableTarget): AvailableTarget | undefined {
    this.#view.forgetAvailability();
    const { code } = failure.fault;
    if (hasModelFallbacks(code) && this.hasModelFallback(code, failed)) {
      return this.#useModelFallback(code, failed);
    }
    return this.#advance((group) => leadsOn(group, failure));
  }

  /** The next target, whatever has become of the one before it. Where there is none the plan is left as it was. */
  nextRegardless(): AvailableTarget | undefined {
    this.#view.forgetAvailability();
    return this.#hasNext(always) ? this.#advance(always) : undefined;
  }

  /** Whether `nextAfter` would give a target of the tree. */
  hasNextAfter(failure: Failure): boolean {
    this.#view.forgetAvailability();
    return this.#hasNext((group) => leadsOn(group, failure));
  }

  /** Whether the config names models to fall back to after such a failure, and they have not been tried. */
  hasModelFallback(code: ModelFallbackCode, failed: AvailableTarget | undefined): boolean {
    return !this.#usedFallbacks.has(code) && this.#fallbackTargets(code, failed).length > 0;
  }

  /** Why the request fails where no target was available. */
  noTargetFault(nowMs: number): Fault {
    return noTargetFault(this.unavailable, nowMs);
  }

  /** The next available target. Each group on the path decides whether the failure below it leads to its next child. */
  #advance(leavesTo: LeavesGroup): AvailableTarget | undefined {
    for (let cursor = this.#path.at(-1); cursor; cursor = this.#path.at(-1)) {
      const found = leavesTo(cursor.group) ? this.#descend(cursor) : undefined;
      if (found) return found;
      this.#path.pop();
    }
    return undefined;
  }

  #descend(cursor: GroupCursor): AvailableTarget | undefined {
    for (let child = cursor.next(); child; child = cursor.next()) {
      if (child.kind === 'group') {
        const below = new GroupCursor(child, pickerFor(child, this.#view));
        this.#path.push(below);
        const found = this.#descend(below);
        if (found) return found;
        this.#path.pop();
      } else {
        const availability = this.#view.availabilityOf(child);
        if (isAvailable(availability)) return availability;
        this.unavailable.push(availability);
      }
    }
    return undefined;
  }

  #hasNext(leavesTo: LeavesGroup): boolean {
    return this.#path.some((cursor) => leavesTo(cursor.group) && cursor.hasNext(this.#view.hasAvailable));
  }

  #fallbackTargets(code: ModelFallbackCode, failed: AvailableTarget | undefined): Target[] {
    return modelFallbackTargets(code, this.#config, { failed, requestedModel: this.#view.model });
  }

  /** The fallback models take the place of all targets that are left. */
  #useModelFallback(
    code: ModelFallbackCode,
    failed: AvailableTarget | undefined,
  ): AvailableTarget | undefined {
    const targets = this.#fallbackTargets(code, failed);
    this.#usedFallbacks.add(code);
    this.#path = [new GroupCursor(undefined, inOrder(targets))];
    return this.#advance(always);
  }

  /**
   * Where the request seems too long for every context window: the models that the config names for that, else the target
   * with the largest window. The length is an estimate, so the provider has the last word.
   */
  #despiteContextWindow(): AvailableTarget | undefined {
    const tooSmall = this.unavailable.filter(
      ({ reason }) => reason.kind === 'incapable' && reason.missing === 'context',
    );
    const [largest] = tooSmall.toSorted((a, b) => contextWindowOf(b) - contextWindowOf(a));
    if (!largest) return undefined;
    const code = 'context_length_exceeded';
    const fallback = this.hasModelFallback(code, undefined)
      ? this.#useModelFallback(code, undefined)
      : undefined;
    if (fallback) return fallback;
    const availability = this.#view.availabilityOf({ ...largest.target, ignoresContextWindow: true });
    return isAvailable(availability) ? availability : undefined;
  }
}

function contextWindowOf({ model }: UnavailableTarget): number {
  return model?.contextTokens ?? 0;
}

/** Of the models that a config names for a failure, which stand in no group, each is tried after whatever failure. */
function leadsOn(group: Group | undefined, failure: Failure): boolean {
  return group ? fallsBack(failure, group.onStatusCodes) : !isFinal(failure);
}
