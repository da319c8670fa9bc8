import type { Actor, Envelope } from '@weir/contracts/envelope';
import { Fault } from '../fault.ts';

/** Who asks. Throws where nobody is behind a request that only admins make: then it did not come through the ingress. */
export function actorOf({ actor }: Envelope): Actor {
  if (!actor) throw new Fault('insufficient_scope', { message: 'The request names no admin.' });
  return actor;
}

/** The one organisation that whoever asks may reach, as a parameter of queries: null for all of them. */
export function reachOf(envelope: Envelope): string | null {
  return actorOf(envelope).organisation ?? null;
}

export const defaultOrganisation = 'default';

/**
 * The organisation for which something is made: the one that is named, else the admin's own, else `default`. Of any other
 * than its own an admin of one organisation learns nothing, not even whether it is there.
 */
export function organisationFor(envelope: Envelope, named: string | undefined): string {
  const reach = reachOf(envelope);
  if (reach !== null && named !== undefined && named !== reach) throw notFound('organisation', named);
  return named ?? reach ?? defaultOrganisation;
}

/** The organisation to which a list or a sum is confined: the one that is named, else the admin's own; undefined for all. */
export function organisationWithin(envelope: Envelope, named: string | undefined): string | undefined {
  return reachOf(envelope) === null ? named : organisationFor(envelope, named);
}

/** The same as `organisationFor` for what may be there for all organisations, as `null` says: only who reaches all of them can make it so. */
export function organisationOrAllFor(envelope: Envelope, named: string | null | undefined): string | null {
  if (reachOf(envelope) === null) return named ?? null;
  if (named !== null) return organisationFor(envelope, named);
  throw new Fault('insufficient_scope', {
    message: 'What holds for all organisations takes an admin key that reaches all of them.',
    param: 'organisation_id',
  });
}

export function notFound(kind: string, id: string): Fault {
  return new Fault('not_found', { message: `There is no ${kind} ${JSON.stringify(id.slice(0, 64))}.` });
}
