import type { Action, CheckType, Direction } from '@weir/contracts/guardrails/policy';
import type { Entity, Tier } from '@weir/contracts/guardrails/entities';
import type { YieldTurn } from '@weir/service-kit/event-loop';

/** One text of a request or of an answer, wherever it stands. */
export interface ScreenedText {
  /** `messages[0].content[1].text`, `choices[0].message.tool_calls[0].function.arguments`, `metadata.customer`. */
  readonly path: string;
  readonly text: string;
  /**
   * `json`: the text is itself JSON (arguments of tools), in which characters may be escaped. `identifier`: others compare it
   * with what they have (names, `user`), so that what takes its place is an identifier too.
   */
  readonly form: 'text' | 'json' | 'identifier';
  /** Who says it: `user`, `assistant`, `tool`, `system`; undefined where no message has it. */
  readonly role?: string;
}

/** What a check has found, without the value. */
export interface Finding {
  /** Its place in the list of texts that was checked. Absent where it is of all of them. */
  readonly text?: number;
  /** Where in that text, in UTF-16 units. Absent where it is of the whole text. */
  readonly span?: { readonly start: number; readonly end: number };
  /** By which rule: an entity, a list, a pattern's name, a category. No more than is in the policy or in Weir: it is a label in metrics. */
  readonly rule: string;
  readonly entity?: Entity;
  readonly tier?: Tier;
  /** From 0 to 1. */
  readonly score: number;
  readonly action: Action;
}

/** What is known of the request or answer that is checked. */
export interface CheckContext {
  readonly direction: Direction;
  /** `counts.messages`, `counts.images` and so on of the request or answer. */
  readonly counts: Readonly<Record<string, number>>;
  readonly requestType: string;
  readonly tenant: string;
  readonly requestId: string;
  /** Aborted when the check is late, and when the request is over. */
  readonly signal: AbortSignal;
  /** Called within what takes long, as all does with a text of some megabytes. */
  readonly yieldTurn: YieldTurn;
}

interface BaseCheck {
  /** Its id in the policy, or its type. */
  readonly id: string;
  readonly type: CheckType;
  readonly onError: 'deny' | 'allow';
  /** Undefined for checks that ask nobody. */
  readonly timeoutMs?: number;
  /** Whether all its findings are reports: no stream is held back for it. */
  readonly reportsOnly?: boolean;
}

/**
 * Finds spans in a text by nothing but the text: it can stand in a stream. For all texts and all points at which one is cut,
 * what it finds in the first `settledLength` units is the same, however the text goes on.
 */
export interface SpanCheck extends BaseCheck {
  readonly kind: 'span';
  /**
   * In the order of their starts, none overlapping another, and none that begins before `from`: what stands there has gone
   * out, and is only read. Takes time linear in the text's length.
   */
  find(text: string, form: ScreenedText['form'], from?: number): readonly Finding[];
  /** How much of a text that may go on can be judged now, where `from` is as far as it has been judged. */
  settledLength(text: string, form: ScreenedText['form'], from?: number): number;
  /** How many units before a span it reads, at most: so much of what has gone out is kept to judge by. */
  readonly contextLength: number;
}

/** Judges all the texts of a request or answer at once. */
export interface WholeCheck extends BaseCheck {
  readonly kind: 'whole';
  /** Whether it asks others, or takes more than a millisecond: such checks run after those that do not, side by side. */
  readonly isSlow: boolean;
  /** Of a stream: `answer` needs all of it, `sentence` can judge sentence by sentence. */
  readonly unit: 'sentence' | 'answer';
  check(
    texts: readonly ScreenedText[],
    context: CheckContext,
  ): readonly Finding[] | Promise<readonly Finding[]>;
}

export type AnyCheck = SpanCheck | WholeCheck;
