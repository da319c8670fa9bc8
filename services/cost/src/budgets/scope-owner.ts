import { slugSchema } from '@weir/contracts/admin/fields';
import type { Bucket } from '@weir/contracts/bucket';
import { installationScope, type Scope, type ScopeKind } from '@weir/contracts/cost/limits';
import type { Envelope } from '@weir/contracts/envelope';
import { keyIdSchema, type tenants, type virtualKeys } from '@weir/contracts/keys/verification';
import { notFound, organisationFor, reachOf } from '@weir/service-kit/admin/reach';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';

/** A scope as requests name it. */
export interface NamedScope {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly organisation_id?: string | undefined;
}

type Followed<B extends Bucket> = Pick<Store<B>, 'get' | 'history'>;

export interface ScopeOwnerParts {
  readonly tenants: Followed<typeof tenants>;
  readonly virtualKeys: Followed<typeof virtualKeys>;
}

/** The scope that is meant, whether it is there or not. Throws where whoever asks may not know of such. */
export function scopeFor({ id, organisation_id, scope: kind }: NamedScope, envelope: Envelope): Scope {
  const isNamedByCallers = kind === 'tag' || kind === 'end_user';
  if (!isNamedByCallers && organisation_id !== undefined) {
    throw invalid(
      'organisation_id',
      'organisation_id is for tags and end users: all else is known by its id.',
    );
  }
  if (kind === 'installation') {
    if (id !== installationScope.id)
      throw invalid('id', `The id of the installation is "${installationScope.id}".`);
    if (reachOf(envelope) !== null) throw forInstallation("The installation's limits are");
  }
  if (kind === 'tag' && !slugSchema.safeParse(id).success) throw notFound('tag', id);
  return { kind, id, ...(isNamedByCallers && { organisation: organisationFor(envelope, organisation_id) }) };
}

/**
 * The organisation whose scope it is, for whoever changes its limits; null for the installation. Throws `not_found` where there is
 * no such scope, or none that whoever asks may reach, and `insufficient_scope` for an organisation's own limits.
 */
export async function ownerForChange(
  scope: Scope,
  envelope: Envelope,
  parts: ScopeOwnerParts,
): Promise<string | null> {
  if (scope.kind === 'installation') return null;
  const reach = reachOf(envelope);
  const owner = await ownerOf(scope, parts);
  if (owner === undefined || (reach !== null && owner !== reach))
    throw notFound(wordOf[scope.kind], scope.id);
  assertMayChange(scope, envelope);
  return owner;
}

/** An organisation cannot raise what was set for it. */
export function assertMayChange({ kind }: Scope, envelope: Envelope): void {
  if (kind === 'organisation' && reachOf(envelope) !== null)
    throw forInstallation("An organisation's own limits are");
}

const wordOf = {
  organisation: 'organisation',
  team: 'team',
  user: 'user',
  key: 'virtual key',
  tag: 'organisation of the tag',
  end_user: 'organisation of the end user',
} as const;

async function ownerOf(
  { id, kind, organisation = id }: Scope,
  parts: ScopeOwnerParts,
): Promise<string | undefined> {
  if (kind === 'key') {
    if (!keyIdSchema.safeParse(id).success) return undefined;
    return (await newest(parts.virtualKeys, id))?.organisation;
  }
  if (!/^[\w-]+$/.test(kind === 'team' || kind === 'user' ? id : organisation)) return undefined;
  if (kind === 'team' || kind === 'user') return (await newest(parts.tenants, `${kind}.${id}`))?.organisation;
  return (await newest(parts.tenants, `organisation.${organisation}`)) && organisation;
}

/** What was made a moment ago may not have come to the copy. */
async function newest<Value>(
  store: {
    get(key: string): { readonly value: Value } | undefined;
    history(key: string): Promise<readonly { readonly value: Value | undefined }[]>;
  },
  key: string,
): Promise<Value | undefined> {
  return store.get(key)?.value ?? (await store.history(key))[0]?.value;
}

function invalid(param: string, message: string): Fault {
  return new Fault('invalid_request', { message, param });
}

function forInstallation(what: string): Fault {
  return new Fault('insufficient_scope', {
    message: `${what} for admin keys that reach all organisations.`,
  });
}
