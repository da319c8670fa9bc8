import type { createKey } from '@weir/contracts/admin/virtual-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { ChangeRunner } from '../changes/change-runner.ts';
import type { Clock } from '@weir/service-kit/clock';
import { actorOf, organisationFor } from '../domain/reach.ts';
import { newSecret, type Secret } from '../domain/secret.ts';
import { toVirtualKey, type VirtualKey } from '../tables/virtual-key-rows.ts';
import {
  findVirtualKey,
  insertVirtualKey,
  insertVirtualKeySecret,
  type NewVirtualKey,
} from '../tables/virtual-keys.ts';
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
        const { key, made } = await makeVirtualKey(transaction, { ...asked, organisation_id }, installation);
        const after = toVirtualKey(made, clock.nowMs());
        return {
          reply: { ...after, key },
          audit: [keyChange('key.create', { before: null, after })],
          projects: [{ kind: 'virtual-key', id: made.id }],
        };
      },
      { key: idempotencyKey, request: ['key.create', asked] },
    );
    return { ...reply, key: seal(reply.key, actorOf(envelope).sealingKey) };
  };
}

/** How often another id is drawn where one is taken: with 36^8 of them, hardly ever. */
const maxDraws = 3;

/** Makes a key, with a secret of its own or, as for the first key of an installation, one that is given. */
export async function makeVirtualKey(
  transaction: Queryable,
  asked: NewVirtualKey,
  installation: Installation,
  given?: Secret,
) {
  for (let draw = 0; draw < maxDraws; draw++) {
    const secret = given ?? newSecret('virtual');
    if (!(await insertVirtualKey(transaction, secret.id, asked))) continue;
    await insertVirtualKeySecret(transaction, secret, installation);
    return { key: secret.key, made: await findVirtualKey(transaction, secret.id, null) };
  }
  throw new Fault('overloaded');
}

/** What the audit log says of a change of a key. */
export function keyChange(
  action: string,
  { before, after }: { before: VirtualKey | null; after: VirtualKey | null },
) {
  const { id = '', organisation_id = '' } = after ?? before ?? {};
  return { action, organisation: organisation_id, target: { kind: 'key', id }, before, after };
}
