import type { createAdminKey } from '@weir/contracts/admin/admin-keys';
import type { Actor } from '@weir/contracts/envelope';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { actorOf, organisationOrAllFor } from '@weir/service-kit/admin/reach';
import { newSecret } from '../domain/secret.ts';
import { type AdminKey, insertAdminKey, lockLiveAdminKey } from '../tables/admin-keys.ts';
import type { Installation } from '../vault/installation.ts';
import { assertStillToExpire } from './create-key.ts';

interface CreateAdminKeyParts {
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly clock: Clock;
}

/** The new key never reaches further, nor lives longer, than the one that makes it. */
export function createCreateAdminKey({
  changes,
  clock,
  installation,
}: CreateAdminKeyParts): EndpointHandler<typeof createAdminKey> {
  return async ({ data: { idempotencyKey, ...asked }, envelope }) => {
    const organisation_id = organisationOrAllFor(envelope, asked.organisation_id);
    const scopes = [...new Set(asked.scopes)];
    const reply = await changes.run(
      envelope,
      async (transaction) => {
        assertStillToExpire(asked, clock.nowMs());
        await assertWithinLifeOf(actorOf(envelope), asked, { transaction, nowMs: clock.nowMs() });
        const secret = newSecret('admin');
        const wanted = { ...asked, scopes, organisation_id };
        const made = await insertAdminKey(transaction, secret, wanted, installation);
        // Its id is taken, which hardly ever happens: there are 36^8 of them.
        if (!made) throw new Fault('overloaded');
        return {
          reply: { ...made, key: secret.key },
          audit: [adminKeyChange('admin-key.create', { before: null, after: made })],
          projects: [{ kind: 'admin-key', id: made.id }],
        };
      },
      { key: idempotencyKey, request: ['admin-key.create', asked] },
    );
    return { ...reply, key: seal(reply.key, actorOf(envelope).sealingKey) };
  };
}

/** The actor of `WEIR_ADMIN_KEY`, which is in no table and does not expire. */
const environmentKey = 'environment';

/** Throws where the key that asks is gone or expired, or ends before the new one would. */
async function assertWithinLifeOf(
  { id }: Actor,
  asked: Pick<AdminKey, 'expires_at'>,
  { nowMs, transaction }: { readonly transaction: Queryable; readonly nowMs: number },
): Promise<void> {
  if (id === environmentKey) return;
  const own = await lockLiveAdminKey(transaction, id);
  if (!own || endMsOf(own) <= nowMs)
    throw new Fault('insufficient_scope', { message: 'The admin key is deleted or has expired.' });
  if (endMsOf(asked) <= endMsOf(own)) return;
  throw new Fault('invalid_request', {
    message: `expires_at has to be ${String(own.expires_at)} or before: that is when the admin key that asks expires.`,
    param: 'expires_at',
  });
}

function endMsOf({ expires_at }: Pick<AdminKey, 'expires_at'>): number {
  return expires_at === null ? Infinity : Date.parse(expires_at);
}

/** What the audit log says of a change of an admin key. */
export function adminKeyChange(
  action: string,
  { before, after }: { before: AdminKey | null; after: AdminKey | null },
) {
  const { id = '', organisation_id = null } = after ?? before ?? {};
  return { action, organisation: organisation_id, target: { kind: 'admin-key', id }, before, after };
}
