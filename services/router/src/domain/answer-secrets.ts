import { JsonSearch } from './json-search.ts';
import { repeatsSecret } from '@weir/service-kit/secrets/repeats-secret';
import { SecretIndex } from '@weir/service-kit/secrets/secret-index';
import type { UsageRecord } from '@weir/contracts/usage-record';

/** A shorter key, as `unused` or `assistant`, may be a word of an answer or of its form. */
const minKeyLength = 16;

/** What stands for all that a provider has said and nobody may be told. */
const redacted = '[redacted]';

/** All names of an answer together. What is longer is no name, and not searched. */
const maxNamesLength = 1_024;

/** Of the warnings of one answer, some of which quote it. */
const maxWarnings = 20;
const maxWarningLength = 200;

/**
 * Takes the keys of a provider out of its good answers: a host that is paid to answer may repeat them all the same. Texts are
 * searched for a key as it is, in one pass; names and warnings for every spelling.
 */
export class AnswerSecrets {
  readonly #secrets: readonly string[];
  readonly #keys: readonly JsonSearch[];
  readonly #index = new SecretIndex();

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    // A number in the place of digits would be no JSON.
    this.#keys = secrets
      .filter((secret) => secret.length >= minKeyLength && /\D/.test(secret))
      .map((secret) => new JsonSearch(secret));
    for (const secret of secrets) this.#index.add(secret);
  }

  /** A completion or a chunk of one, as JSON. By escapes too a key would come to the caller. */
  cleanJson(json: string): string {
    return this.#keys.reduce((cleaned, key) => key.replaceIn(cleaned, redacted), json);
  }

  /** Whether a name repeats one of them, in any spelling, or is none. */
  isRepeatedIn(name: string): boolean {
    return name.length > maxNamesLength || this.#index.isRepeatedIn(name);
  }

  /** What is told beside the answer: few and short. */
  cleanWarnings(warnings: readonly string[]): readonly string[] {
    if (warnings.length === 0) return warnings;
    return warnings.slice(0, maxWarnings).map((warning) => {
      const read = warning.slice(0, 2 * maxWarningLength);
      return repeatsSecret(read, this.#secrets) ? redacted : read.slice(0, maxWarningLength).toWellFormed();
    });
  }

  /** The names in it are the provider's own, and stand in events, reports and the ledger. */
  cleanUsage(usage: UsageRecord): UsageRecord {
    const { modelServed, serviceTier = '' } = usage;
    if (!this.isRepeatedIn(modelServed) && !this.isRepeatedIn(serviceTier)) return usage;
    return { ...usage, modelServed: redacted, serviceTier: undefined };
  }
}
