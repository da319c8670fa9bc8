import type { Comparison } from './comparison.ts';

export type VetoKind =
  | 'language'
  | 'number'
  | 'unit'
  | 'currency'
  | 'date'
  | 'negation'
  | 'antonym'
  | 'comparative'
  | 'scope'
  | 'entity'
  | 'order'
  | 'question'
  | 'substitution'
  | 'length';

/** Why an answer to one question must not be served for another, however alike they are. */
export interface Veto {
  readonly kind: VetoKind;
  /** What differs, for those who look into a decision. It is text of the questions. */
  readonly detail?: string;
}

/** Looks for one kind of reason. */
export type Check = (comparison: Comparison) => Veto | undefined;
