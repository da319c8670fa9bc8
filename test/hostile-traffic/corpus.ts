import type { HostileCase } from '../helpers/hostile/hostile-case.ts';
import { answerCases } from './answers.ts';
import { argumentCases } from './arguments.ts';
import { busCases } from './bus.ts';
import { configCases } from './configs.ts';
import { connectionCases } from './connections.ts';
import { foundCases } from './found.ts';
import { repeatCases } from './repeats.ts';
import { requestCases } from './requests.ts';
import { streamCases } from './streams.ts';

/** Every hostile input that was ever found to do harm, and its like. */
export const corpus: readonly HostileCase[] = [
  ...requestCases,
  ...argumentCases,
  ...answerCases,
  ...repeatCases,
  ...streamCases,
  ...configCases,
  ...connectionCases,
  ...busCases,
  ...foundCases,
];
