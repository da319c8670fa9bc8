import { repeatsSecret } from '@weir/service-kit/secrets/repeats-secret';
import { SecretIndex } from '@weir/service-kit/secrets/secret-index';
import type { UsageRecord } from '@weir/contracts/usage-record';

/** A shorter key, as `unused` or `assistant`, may be a word of an answer or of its form. */
const minKeyLength = 16;

/** What stands for all that a provider has said and nobody may be told. */
const redacted = '[redacted]';

/** In a longer text the escapes of a key are not looked for: to write a large one without escapes would take too long at once. */
const maxEscapedLength = 256 * 1024;

/** Of the warnings of one answer, some of which quote it. */
const maxWarnings = 20;
const maxWarningLength = 200;

/**
 * Takes the keys of a provider out of its good answers: a host that is paid to answer may repeat them all the same. Texts are
 * searched for a key as it is, which costs no more than a native search; names and warnings for every spelling.
 */
export class AnswerSecrets {
  readonly #secrets: readonly string[];
  /** As they stand within JSON. */
  readonly #keys: readonly string[];
  readonly #index = new SecretIndex();

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    // A number in the place of digits would be no JSON.
    this.#keys = secrets
      .filter((secret) => secret.length >= minKeyLength && /\D/.test(secret))
      .map((secret) => JSON.stringify(secret).slice(1, -1));
    for (const secret of secrets) this.#index.add(secret);
  }

  /** A completion or a chunk of one, as JSON. */
  cleanJson(json: string): string {
    // By escapes the key would come to the caller all the same.
    const mayHide = json.length <= maxEscapedLength && json.includes('\\u00');
    const text = mayHide ? json.replace(asciiEscape, unescaped) : json;
    if (!this.#keys.some((key) => text.includes(key))) return json;
    return this.#keys.reduce((cleaned, key) => cleaned.replaceAll(key, redacted), text);
  }

  /** Whether a name that is short repeats one of them, in any spelling. */
  isRepeatedIn(name: string): boolean {
    return this.#index.isRepeatedIn(name);
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
    if (!this.#index.isRepeatedIn(modelServed) && !this.#index.isRepeatedIn(serviceTier)) return usage;
    return { ...usage, modelServed: redacted, serviceTier: undefined };
  }
}

/** Of a printable character other than a quote and a backslash. */
const asciiEscape = /(?<!\\)((?:\\\\)*)\\u00([2-7][\da-f])/gi;

function unescaped(whole: string, before: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return /["\\\x7f]/.test(character) ? whole : `${before}${character}`;
}
