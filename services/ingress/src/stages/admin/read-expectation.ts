import { expectedRevision, type ExpectedRevision } from '../../domain/entity-tag.ts';
import type { AdminArrival } from '../arrival.ts';
import type { Stage } from '../stage.ts';

export interface Expecting {
  readonly expectedRevision: ExpectedRevision;
}

/** Which revision a change is a change of, so that nobody overwrites what they have not seen. */
export const readExpectation: Stage<AdminArrival, Expecting> = ({ headers }, next) =>
  next({ expectedRevision: expectedRevision(headers) });
