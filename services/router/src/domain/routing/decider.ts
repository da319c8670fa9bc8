import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Clock } from '@weir/service-kit/clock';
import { needsOf } from '../capabilities.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Health } from '../health/health.ts';
import type { Load } from '../health/load.ts';
import { expectedCostNanoUsd, type Prices } from '../prices.ts';
import { toTarget } from '../target.ts';
import { assess, type AssessedRequest, type AssessParts } from './assess.ts';
import { isCandidate, type Assessment, type Candidate } from './candidate.ts';
import type { CompiledConfig } from './compiled-config.ts';
import { Course, type CourseView } from './course.ts';
import { reachableIn } from './order.ts';
import { withOverrides } from './overrides.ts';
import { Subjects } from './subjects.ts';
import type { Group, Node, Target } from './target.ts';
import { WeightedRotation } from './weighted-rotation.ts';

interface DeciderParts {
  readonly catalogue: Catalogue;
  readonly health: Health;
  readonly load: Load;
  readonly prices: Prices;
  /** The cap on the output of a request that sets none. */
  readonly defaultOutputTokens: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What a decision is made about. */
export interface Question {
  readonly config: CompiledConfig;
  readonly chat: ChatRequest;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Decides which targets take a request, in which order. Asks nobody. */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #assessParts: AssessParts;
  /** They live as long as their configs. */
  readonly #rotations = new WeakMap<Group, WeightedRotation>();
  #turn = 0;

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#assessParts = { catalogue: parts.catalogue, health: parts.health, subjects: new Subjects() };
  }

  begin(question: Question): Course {
    return this.#course(question, this.#turn++, (group) => this.#rotationOf(group));
  }

  /** The same, for somebody who only looks: nobody's turn is used up. */
  preview(question: Question): Course {
    return this.#course(question, this.#turn, (group) => ({
      next: (weights) => this.#rotationOf(group).peek(weights),
    }));
  }

  /** What is known of one target, outside of a config's order. */
  assess(target: Target, { config, chat }: Question): Assessment {
    const named = withAlias(config, chat);
    const request = { chat: named, needs: needsOf(named), turn: this.#turn };
    return assess(target, request, this.#assessParts);
  }

  #course(
    { config, chat, metadata }: Question,
    turn: number,
    rotationOf: (group: Group) => Pick<WeightedRotation, 'next'>,
  ): Course {
    const { load, clock, random } = this.#parts;
    const named = withAlias(config, chat);
    const request = { chat: named, needs: needsOf(named), turn };
    const parts = this.#assessParts;
    const assessed = new Map<Target, Assessment>();
    const view: CourseView = {
      model: named.model,
      fields: { metadata, params: named },
      nowMs: clock.nowMs(),
      random,
      rotationOf,
      assess(target) {
        let known = assessed.get(target);
        if (!known) assessed.set(target, (known = assess(target, request, parts)));
        return known;
      },
      isAble: (node) => isAble(node, view),
      candidatesBelow: (node) => candidatesBelow(node, view),
      latencyOf: ({ accesses: [access] }) => (access ? load.cost(access.subject.key) : 0),
      inFlightOf: ({ accesses }) =>
        accesses.reduce((sum, { subject }) => sum + load.inFlight(subject.key), 0),
      priceOf: (candidate) => this.#priceOf(candidate, request),
      refresh: () => {
        assessed.clear();
      },
    };
    return new Course(config, view);
  }

  #priceOf({ provider, model, target }: Candidate, { chat, needs }: AssessedRequest): number | undefined {
    const { prices, defaultOutputTokens } = this.#parts;
    const price = prices.of(provider, model);
    if (!price) return undefined;
    const { defaultTokens } = toTarget({ provider, model }, defaultOutputTokens).output;
    const { max_completion_tokens: asked, max_tokens: askedBefore } = withOverrides(chat, target.overrides);
    return expectedCostNanoUsd(price, needs, asked ?? askedBefore ?? defaultTokens);
  }

  #rotationOf(group: Group): WeightedRotation {
    const existing = this.#rotations.get(group);
    if (existing) return existing;
    const rotation = new WeightedRotation();
    this.#rotations.set(group, rotation);
    return rotation;
  }
}

function withAlias({ modelAliases }: CompiledConfig, chat: ChatRequest): ChatRequest {
  const model = modelAliases.get(chat.model);
  return model === undefined ? chat : { ...chat, model };
}

function isAble(node: Node, view: CourseView): boolean {
  return node.kind === 'group'
    ? reachableIn(node, view.fields).some((child) => isAble(child, view))
    : isCandidate(view.assess(node));
}

function candidatesBelow(node: Node, view: CourseView): readonly Candidate[] {
  if (node.kind === 'group') {
    return reachableIn(node, view.fields).flatMap((child) => candidatesBelow(child, view));
  }
  const assessment = view.assess(node);
  return isCandidate(assessment) ? [assessment] : [];
}
