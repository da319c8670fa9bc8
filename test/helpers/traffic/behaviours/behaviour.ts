import type { z } from 'zod';
import type { answerSchema } from '../answer.ts';
import type { OutcomeField } from '../sdk-outcome.ts';

export type AnswerScript = z.input<typeof answerSchema>;

/** Where the gateway is meant to differ from the provider, and in what. */
export interface Difference {
  readonly in: readonly OutcomeField[];
  readonly because: string;
}

/** Something that an upstream does, which the official client is to see alike through the gateway. */
export interface Behaviour {
  readonly name: string;
  /** Of the request, beside its model and its message. */
  readonly request?: object;
  /** What a request for a whole answer gets. Not tried where it is not there. */
  readonly whole?: AnswerScript;
  /** What a request for a stream gets. */
  readonly streamed?: AnswerScript;
  readonly difference?: Difference;
  /** Where it holds for the stream alone, or is another. */
  readonly streamedDifference?: Difference;
}

type Row = readonly [name: string, answer: AnswerScript, difference?: Difference];

/** A refusal does not look at whether a stream was asked for. */
export const alike = ([name, answer, difference]: Row): Behaviour => ({
  name,
  whole: answer,
  streamed: answer,
  ...(difference && { difference }),
});

export const whole = ([name, answer, difference]: Row): Behaviour => ({
  name,
  whole: answer,
  ...(difference && { difference }),
});

export const streamed = ([name, answer, difference]: Row): Behaviour => ({
  name,
  streamed: answer,
  ...(difference && { difference }),
});

export const chunk = ($delta: Record<string, unknown>, finish_reason: string | null = null) => ({
  $delta,
  finish_reason,
});
