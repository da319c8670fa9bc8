import { type Clock, systemClock } from '@weir/service-kit/clock';
import { createGuardedFetch, type GuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import type { HostPattern } from '@weir/service-kit/outbound/host-pattern';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { type JudgeJson, SchemaWorkerClient } from './json-schema/schema-worker-client.ts';
import { ClassifierWorkers, type Classify } from './moderation/classifier-workers.ts';

/** What checks need of the world. */
export interface CheckDependencies {
  /** Asks webhooks and moderation endpoints. */
  readonly fetch: GuardedFetch;
  readonly hostPolicy: HostPolicy;
  /** Runs text classification models. */
  readonly classify: Classify;
  /** Holds texts against JSON schemas that take long. */
  readonly judgeJson: JudgeJson;
  readonly clock: Clock;
}

/** A check that cannot be made as it is written, though its form is right: a pattern that is none, a host that may not be asked. */
export class InvalidCheck extends Error {
  override readonly name = 'InvalidCheck';
  /** Within the check: `patterns[0].pattern`. */
  readonly field: string;

  /** `message` is the rest of a sentence that begins with the field, and is public. */
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Longer than any check's own limit, which is what ends a call. */
const timeoutMs = 31_000;
const maxAnswerBytes = 1024 * 1024;

/** All of them, until `stop` is called. */
export function startCheckDependencies({ allowedHosts }: { readonly allowedHosts: readonly HostPattern[] }) {
  const hostPolicy = new HostPolicy(allowedHosts);
  const workers = new ClassifierWorkers();
  const schemas = new SchemaWorkerClient();
  const dependencies: CheckDependencies = {
    fetch: createGuardedFetch({ hostPolicy, timeoutMs, maxBytes: maxAnswerBytes }),
    hostPolicy,
    classify: (model, texts, signal) => workers.classify(model, texts, signal),
    judgeJson: schemas.judge,
    clock: systemClock,
  };
  const stop = async () => {
    await Promise.all([workers.stop(), schemas.stop()]);
  };
  return { dependencies, stop };
}
