import { z } from 'zod';
import { arrayOf } from './collections.ts';
import { faultTable, type FaultCode } from './faults.ts';

/**
 * What a process can do. `full` and `starved` ones work, and take no more than they must: the one has as much as it is allowed, the
 * other more than it can do. `broken` ones lack something without which they cannot do all of their work.
 */
export const processStates = ['starting', 'ready', 'full', 'starved', 'broken', 'stopping'] as const;

export type ProcessState = (typeof processStates)[number];

/** Whether a process of that state has started and does not stop: what it is asked it answers, if only by a fault. */
export const takesRequests = (state: ProcessState): boolean => state !== 'starting' && state !== 'stopping';

/** What keeps a process from its work, or hampers it: for operators, in `/ready`, the log, a metric and status. */
export interface Problem {
  readonly code: FaultCode;
  /** In words for an operator, with the setting to look at. It holds no secret. */
  readonly message: string;
}

const codes = Object.keys(faultTable) as [FaultCode, ...FaultCode[]];

/** What is longer is cut where it is reported: nobody would read what a process tells if one of its problems had too much to say. */
export const maxProblemMessageLength = 1_024;

/** As one process tells it to others, of whatever version they are. */
export const problemSchema = z.object({
  code: z.enum(codes).catch('internal_error'),
  message: z.string().max(maxProblemMessageLength),
});

/** No process has more of them to tell. */
export const problemsSchema = arrayOf(problemSchema).max(32);
