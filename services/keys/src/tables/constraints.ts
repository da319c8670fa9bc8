import type { FaultCode } from '@weir/contracts/faults';
import { SqlError } from '@weir/service-kit/database/sql-error';
import { Fault } from '@weir/service-kit/fault';

interface Meaning {
  readonly code: FaultCode;
  /** The request's field at fault. */
  readonly param: string;
  readonly message: string;
}

const noOrganisation = {
  code: 'not_found',
  param: 'organisation_id',
  message: 'There is no organisation of this id.',
} satisfies Meaning;

/** What it means to somebody who asked for a change that a constraint of the schema does not allow. */
const meanings = {
  organisations_pkey: {
    code: 'already_exists',
    param: 'id',
    message: 'There is an organisation of this id already.',
  },
  teams_organisation: noOrganisation,
  teams_name: {
    code: 'already_exists',
    param: 'name',
    message: 'The organisation has a team of this name already.',
  },
  users_organisation: noOrganisation,
  users_email: {
    code: 'already_exists',
    param: 'email',
    message: 'The organisation has a user with this address already.',
  },
  virtual_keys_organisation: noOrganisation,
  virtual_keys_team: {
    code: 'invalid_request',
    param: 'team_id',
    message: 'The organisation has no team of this id.',
  },
  virtual_keys_user: {
    code: 'invalid_request',
    param: 'user_id',
    message: 'The organisation has no user of this id.',
  },
  provider_keys_organisation: noOrganisation,
  provider_keys_name: {
    code: 'already_exists',
    param: 'name',
    message: 'There is a credential of this name already.',
  },
  admin_keys_organisation: noOrganisation,
} satisfies Record<string, Meaning>;

type ConstraintName = keyof typeof meanings;

/** Of a constraint that is violated, or would be. */
export function constraintFault(constraint: ConstraintName, cause?: unknown): Fault {
  const { code, ...details } = meanings[constraint];
  return new Fault(code, { ...details, cause });
}

/** What was thrown, or what it means where a constraint did not allow the change. */
export function explainConstraint(thrown: unknown): unknown {
  const constraint = sqlErrorOf(thrown)?.constraint ?? '';
  return Object.hasOwn(meanings, constraint) ? constraintFault(constraint as ConstraintName, thrown) : thrown;
}

const foreignKeyViolation = '23503';

export function isForeignKeyViolation(thrown: unknown): boolean {
  return sqlErrorOf(thrown)?.sqlState === foreignKeyViolation;
}

function sqlErrorOf(thrown: unknown): SqlError | undefined {
  return thrown instanceof Fault && thrown.cause instanceof SqlError ? thrown.cause : undefined;
}
