import { createHmac, hkdfSync } from 'node:crypto';
import type { Action } from '@weir/contracts/guardrails/policy';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { ScreenedText } from '../domain/check.ts';
import { labelOf, placeholderText } from './placeholder-text.ts';

type Form = ScreenedText['form'];

/** An action that puts something in a value's place. */
export type Replacing = Extract<Action, 'mask' | 'hash' | 'redact'>;

export interface Replaced {
  readonly action: Replacing;
  /** An entity, or a rule. */
  readonly rule: string;
  readonly value: string;
  readonly form: Form;
}

interface PlaceholderParts {
  /** The texts that may hold placeholders of somebody else's, whose numbers are not given again. */
  readonly texts: Iterable<string>;
  /** Of hashes; the same for all requests of an organisation. */
  readonly hashKey: () => Buffer;
}

/** The key of an organisation's hashes. It stays the same for as long as the oldest master key is kept. */
export function hashKeyOf(masterKeys: MasterKeys, tenant: string): Buffer {
  const oldest = masterKeys.derive('weir/guardrails-hash/1').at(-1) ?? Buffer.alloc(0);
  return Buffer.from(hkdfSync('sha256', oldest, '', tenant, 32));
}

/**
 * What stands in the places of a request's values, and, of those that are masked, the values: they are in this memory and
 * nowhere else. The same value has the same placeholder in all of the request.
 */
export class Placeholders {
  readonly #parts: PlaceholderParts;
  /** By label and value. */
  readonly #numbers = new Map<string, Map<string, number>>();
  /** By label and number: `EMAIL_1`. */
  readonly #values = new Map<string, string>();
  readonly #lastNumbers = new Map<string, number>();
  /** By label: the numbers that are not given. */
  readonly #taken = new Map<string, ReadonlySet<number>>();
  #hashKey: Buffer | undefined;

  constructor(parts: PlaceholderParts) {
    this.#parts = parts;
  }

  /** Whether an answer may have placeholders whose values have to be put back. */
  get hasValues(): boolean {
    return this.#values.size > 0;
  }

  replacementOf({ action, rule, value, form }: Replaced): string {
    const label = labelOf(rule);
    if (action === 'redact') return placeholderText(label, undefined, form);
    const suffix = action === 'hash' ? this.#hash(value) : String(this.#numberOf(label, value));
    return placeholderText(label, suffix, form);
  }

  /** The text with the masked values in the places of their placeholders. */
  restore(text: string, form: Form): string {
    if (!this.hasValues) return text;
    if (form === 'identifier') return this.#restoreNames(text);
    return text.replaceAll(/\[([A-Z][A-Z0-9_]{0,40}_\d{1,6})\]/g, (placeholder, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) return placeholder;
      return form === 'json' ? JSON.stringify(value).slice(1, -1) : value;
    });
  }

  #restoreNames(text: string): string {
    return text.replaceAll(/[a-z][a-z0-9_]{0,60}_\d{1,6}(?!\d)/g, (name) => {
      for (const label of this.#lastNumbers.keys()) {
        const start = name.lastIndexOf(`${label.toLowerCase()}_`);
        const value = start === -1 ? undefined : this.#values.get(name.slice(start).toUpperCase());
        if (value !== undefined) return name.slice(0, start) + value;
      }
      return name;
    });
  }

  #numberOf(label: string, value: string): number {
    const known = this.#numbers.get(label) ?? new Map<string, number>();
    this.#numbers.set(label, known);
    const given = known.get(value);
    if (given !== undefined) return given;
    const taken = this.#taken.get(label) ?? numbersOf(label, this.#parts.texts);
    this.#taken.set(label, taken);
    let number = (this.#lastNumbers.get(label) ?? 0) + 1;
    while (taken.has(number)) number++;
    this.#lastNumbers.set(label, number);
    known.set(value, number);
    this.#values.set(`${label}_${number}`, value);
    return number;
  }

  /** Never digits alone, which could be found to be a number of some kind. */
  #hash(value: string): string {
    this.#hashKey ??= this.#parts.hashKey();
    const digest = createHmac('sha256', this.#hashKey).update(value).digest('hex').slice(0, 16);
    return /[a-f]/.test(digest) ? digest : `a${digest.slice(1)}`;
  }
}

/** The numbers that a label has in the texts already, in names such as `MY_EMAIL_1` too. */
function numbersOf(label: string, texts: Iterable<string>): ReadonlySet<number> {
  const numbers = new Set<number>();
  const numbered = new RegExp(`${label}_(\\d{1,6})`, 'gi');
  for (const text of texts) for (const [, number] of text.matchAll(numbered)) numbers.add(Number(number));
  return numbers;
}
