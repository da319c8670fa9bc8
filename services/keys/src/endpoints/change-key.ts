import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import type { rotateKey, updateKey } from '@weir/contracts/admin/virtual-keys';
import type { Envelope } from '@weir/contracts/envelope';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Changed, ChangeRunner } from '../changes/change-runner.ts';
import { applyPatch, assertRevision } from '../domain/patch.ts';
import { actorOf, reachOf } from '@weir/service-kit/admin/reach';
import { newSecret } from '../domain/secret.ts';
import { assertConfigAllowed } from '../tables/config-ceilings.ts';
import { rotateVirtualKey, updateVirtualKey } from '../tables/virtual-key-changes.ts';
import { toVirtualKey, type VirtualKey, type VirtualKeyRow } from '../tables/virtual-key-rows.ts';
import { findVirtualKey, lockVirtualKey } from '../tables/virtual-keys.ts';
import type { Installation } from '../vault/installation.ts';
import { changedKey } from './create-key.ts';

interface ChangeKeyParts {
  readonly changes: ChangeRunner;
  readonly clock: Clock;
  readonly installation: Installation;
}

/** As many as a key may have at once, the newest included: each is compared with what callers send. */
const maxSecrets = 16;

export function createUpdateKey({ changes, clock }: ChangeKeyParts): EndpointHandler<typeof updateKey> {
  return ({ data: { id, expectedRevision, ...patch }, envelope }) =>
    changes.run(envelope, async (transaction) => {
      const before = await lockUsable(transaction, envelope, { id, expectedRevision });
      const patched = applyPatch(before, patch);
      if (patch.config !== undefined) await assertConfigAllowed(transaction, patched);
      await updateVirtualKey(transaction, patched);
      return changedSince(transaction, 'key.update', before, clock);
    });
}

export function createRotateKey(parts: ChangeKeyParts): EndpointHandler<typeof rotateKey> {
  const { changes, clock, installation } = parts;
  return async ({ data: { id, grace_seconds, expectedRevision, idempotencyKey }, envelope }) => {
    const reply = await changes.run(
      envelope,
      async (transaction) => {
        const before = await lockUsable(transaction, envelope, { id, expectedRevision });
        if (grace_seconds > 0 && before.secrets.length >= maxSecrets) throw tooManySecrets();
        const secret = newSecret('virtual', id);
        await rotateVirtualKey(transaction, secret, grace_seconds, installation);
        const changed = await changedSince(transaction, 'key.rotate', before, clock);
        return { ...changed, reply: { ...changed.reply, key: secret.key } };
      },
      { key: idempotencyKey, request: ['key.rotate', id, grace_seconds] },
    );
    return { ...reply, key: seal(reply.key, actorOf(envelope).sealingKey) };
  };
}

interface Asked {
  readonly id: string;
  readonly expectedRevision: ExpectedRevision;
}

async function lockUsable(
  transaction: Queryable,
  envelope: Envelope,
  { id, expectedRevision }: Asked,
): Promise<VirtualKeyRow> {
  const row = await lockVirtualKey(transaction, id, reachOf(envelope));
  assertRevision(row, expectedRevision);
  if (row.revoked_at === null) return row;
  throw new Fault('invalid_request', {
    message: 'The key is revoked for good, and cannot be changed any more. Make another one.',
  });
}

async function changedSince(
  transaction: Queryable,
  action: string,
  row: VirtualKeyRow,
  clock: Clock,
): Promise<Changed<VirtualKey>> {
  const before = toVirtualKey(row, clock.nowMs());
  const after = toVirtualKey(await findVirtualKey(transaction, row.id, null), clock.nowMs());
  return { reply: after, ...changedKey(action, { before, after }) };
}

function tooManySecrets(): Fault {
  return new Fault('invalid_request', {
    message: `The key has ${maxSecrets} secrets that are still accepted. Wait until one has ended, or end them all with grace_seconds 0.`,
    param: 'grace_seconds',
  });
}
