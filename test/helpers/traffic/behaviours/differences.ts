import type { OutcomeField } from '../sdk-outcome.ts';
import type { Difference } from './behaviour.ts';

const because =
  (reason: string) =>
  (...fields: OutcomeField[]): Difference => ({ in: fields, because: reason });

const failure = ['code', 'errorClass', 'type'] as const;

/** Of a provider's failure. */
export const ownCodes = because(
  'failures of all providers have one set of codes, and the status says whether the caller or the provider is to mend it',
);

/** The whole of an answer that the client, by itself, does not take for one. */
export const paidFor = because(
  'an answer in another form than was asked for has been paid for, and is converted',
);

/** Before the first content, when there is a status still. */
export const noAnswer = because(
  'what is no answer is an error, where the client takes it for one that says nothing',
)(...failure, 'status');

export const cutIsTold = because(
  'an answer that ends before it is complete is an error, where the client takes it for a short answer',
)(...failure);

export const brokenBehind = because(
  "the client's own connection holds, and the gateway says what became of the provider's",
);

export const usableCalls = because(
  'tool calls have indexes and ids of their own and arguments that are JSON, where the host has given none',
)('messages');

export const callsAreTheReason = because(
  'agents go by finish_reason, which is tool_calls where calls were made and nobody forced one by name',
)('finish_reasons');

export const ownFinishReasons = because('a finish reason is one of those that the client knows')(
  'finish_reasons',
);

export const completedUsage = because('usage is completed from the counters that are known')('usage');

export const readOn = because(
  'one unreadable event is passed over where everything else says that the answer is whole',
);

export const oneNameBeside = because(
  'reasoning has one name for all hosts, beside the one that the host has for it',
)('messages');

export const surplusChoices = because(
  'choices beyond `n` are left out with a warning: nothing says what they are, and there can be any number of them',
)('messages', 'finish_reasons');
