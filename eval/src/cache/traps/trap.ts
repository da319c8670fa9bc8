export const trapSlices = [
  'number',
  'unit',
  'date',
  'negation',
  'antonym',
  'comparative',
  'scope',
  'entity',
  'swap',
  'question',
  'cross-language',
] as const;
export type TrapSlice = (typeof trapSlices)[number];

/** Two questions that look alike and whose answers differ. */
export interface Trap {
  readonly slice: TrapSlice;
  readonly language: 'en' | 'vi' | 'mixed';
  readonly cached: string;
  readonly asked: string;
}

/** Each of its frames with each of its differences. */
export interface TrapTemplates {
  readonly slice: TrapSlice;
  readonly language: 'en' | 'vi' | 'mixed';
  /** With `{}` where the texts differ; a swap has `{a}` and `{b}`. */
  readonly frames: readonly string[];
  /** What stands there in either text: "enable | disable". */
  readonly differences: readonly string[];
}
