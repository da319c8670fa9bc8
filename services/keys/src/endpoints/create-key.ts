import type { createKey } from '@weir/contracts/admin/virtual-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Changed, ChangeRunner } from '../changes/change-runner.ts';
import type { Clock } from '@weir/service-kit/clock';
import { actorOf, organisationFor } from '@weir/service-kit/admin/reach';
import { newSecret } from '../domain/secret.ts';
import { assertConfigAllowed } from '../tables/config-ceilings.ts';
import { toVirtualKey, type VirtualKey, type VirtualKeyRow } from '../tables/virtual-key-rows.ts';
import {
  insertVirtualKey,
  insertVirtualKeySecret,
  type NewVirtualKey,
} from '../tables/virtual-key-changes.ts';
import { findVirtualKey } from '../tables/virtual-keys.ts';
import type { Installation } from '../vault/installation.ts';

interface CreateKeyParts {
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly clock: Clock;
}

export function createCreateKey(parts: CreateKeyParts): EndpointHandler<typeof createKey> {
  const { changes, clock, installation } = parts;
  return async ({ data: { idempotencyKey, ...asked }, envelope }) => {
    const organisation_id = organisationFor(envelope, asked.organisation_id);
    const reply = await changes.run(
      envelope,
      async (transaction) => {
        assertStillToExpire(asked, clock.nowMs());
        await assertConfigAllowed(transaction, { config: asked.config, organisation_id });
        const { key, made } = await makeVirtualKey(transaction, { ...asked, organisation_id }, installation);
        const after = toVirtualKey(made, clock.nowMs());
        return { reply: { ...after, key }, ...changedKey('key.create', { before: null, after }) };
      },
      { key: idempotencyKey, request: ['key.create', asked] },
    );
    return { ...reply, key: seal(reply.key, actorOf(envelope).sealingKey) };
  };
}

/** How often another id is drawn where one is taken: with 36^8 of them, hardly ever. */
const maxDraws = 3;

/** Makes a key with a secret of its own. */
export async function makeVirtualKey(
  transaction: Queryable,
  asked: NewVirtualKey,
  installation: Installation,
): Promise<{ key: string; made: VirtualKeyRow }> {
  for (let draw = 0; draw < maxDraws; draw++) {
    const secret = newSecret('virtual');
    if (!(await insertVirtualKey(transaction, secret.id, asked))) continue;
    await insertVirtualKeySecret(transaction, secret, installation);
    return { key: secret.key, made: await findVirtualKey(transaction, secret.id, null) };
  }
  throw new Fault('overloaded');
}

/** A key that nobody could ever use was hardly meant. */
export function assertStillToExpire({ expires_at }: Pick<NewVirtualKey, 'expires_at'>, nowMs: number): void {
  if (expires_at === null || Date.parse(expires_at) > nowMs) return;
  throw new Fault('invalid_request', { message: 'expires_at is in the past.', param: 'expires_at' });
}

/** What a change of a key has done. */
export function changedKey(
  action: string,
  { after, before }: { before: VirtualKey | null; after: VirtualKey | null },
): Pick<Changed<never>, 'audit' | 'projects'> {
  const { id = '', organisation_id = '' } = after ?? before ?? {};
  return {
    audit: [{ action, organisation: organisation_id, target: { kind: 'key', id }, before, after }],
    projects: [{ kind: 'virtual-key', id }],
  };
}
