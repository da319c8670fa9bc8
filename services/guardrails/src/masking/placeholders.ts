import { createHmac, hkdfSync } from 'node:crypto';
import type { Action } from '@weir/contracts/guardrails/policy';
import { maxBodyBytes } from '@weir/contracts/limits';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { YieldTurn } from '@weir/service-kit/event-loop';
import type { ScreenedText } from '../domain/check.ts';
import { labelOf, maxPlaceholderLength, openPlaceholderStart, placeholderText } from './placeholder-text.ts';

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

/** In UTF-16 units: so much of a text is read, or restored, at once. */
const sliceLength = 65_536;
/** A longer text is no name. */
const maxNameLength = 4_096;
/** Of one answer. */
const maxRestoredLength = maxBodyBytes;

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
  /** How long all values are together that were put back. */
  #restoredLength = 0;

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

  /** Looks up which numbers the texts have for these rules, before values are masked by them: others have their turn meanwhile. */
  async readNumbers(rules: Iterable<string>, yieldTurn: YieldTurn): Promise<void> {
    const unread = new Set([...rules].map(labelOf).filter((label) => !this.#taken.has(label)));
    if (unread.size === 0) return;
    const taken = new Map([...unread].map((label) => [label, new Set<number>()]));
    for (const text of this.#parts.texts)
      for (let from = 0; from < text.length; from += sliceLength) {
        addNumbers(text.slice(Math.max(0, from - maxPlaceholderLength), from + sliceLength), taken);
        await yieldTurn();
      }
    for (const [label, numbers] of taken) this.#taken.set(label, numbers);
  }

  /** As `restore`, of a text of any length. */
  async restoreLong(text: string, form: Form, yieldTurn: YieldTurn): Promise<string> {
    if (!this.hasValues || text.length <= sliceLength) return this.restore(text, form);
    let restored = '';
    for (let from = 0; from < text.length; await yieldTurn()) {
      const part = text.slice(from, from + sliceLength);
      const whole = from + sliceLength < text.length ? openPlaceholderStart(part) : part.length;
      restored += this.restore(part.slice(0, whole), form);
      from += whole;
    }
    return restored;
  }

  /** The text with the masked values in the places of their placeholders. */
  restore(text: string, form: Form): string {
    if (!this.hasValues) return text;
    if (form === 'identifier') return text.length > maxNameLength ? text : this.#restoreNames(text);
    return text.replaceAll(/\[([A-Z][A-Z0-9_]{0,40}_\d{1,6})\]/g, (placeholder, name: string) => {
      const value = this.#valueOf(name);
      if (value === undefined) return placeholder;
      return form === 'json' ? JSON.stringify(value).slice(1, -1) : value;
    });
  }

  #restoreNames(text: string): string {
    return text.replaceAll(/[a-z][a-z0-9_]{0,60}_\d{1,6}(?!\d)/g, (name) => {
      for (const label of this.#lastNumbers.keys()) {
        const start = name.lastIndexOf(`${label.toLowerCase()}_`);
        const value = start === -1 ? undefined : this.#valueOf(name.slice(start).toUpperCase());
        if (value !== undefined) return name.slice(0, start) + value;
      }
      return name;
    });
  }

  /** Undefined too where it would become more than an answer may be: a provider may name a long value a million times. */
  #valueOf(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined || this.#restoredLength + value.length > maxRestoredLength) return undefined;
    this.#restoredLength += value.length;
    return value;
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

function numbersOf(label: string, texts: Iterable<string>): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const text of texts) addNumbers(text, new Map([[label, numbers]]));
  return numbers;
}

/** Adds the numbers that labels have in a text already, in names such as `MY_EMAIL_1` too. */
function addNumbers(text: string, taken: ReadonlyMap<string, Set<number>>): void {
  for (const { 1: number, index } of text.matchAll(/_(\d{1,6})/g)) {
    const before = text.slice(Math.max(0, index - maxPlaceholderLength), index).toUpperCase();
    for (const [label, numbers] of taken) if (before.endsWith(label)) numbers.add(Number(number));
  }
}
