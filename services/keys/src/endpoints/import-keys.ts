import { type importKeys, virtualKeyInputSchema } from '@weir/contracts/admin/virtual-keys';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Actor, Envelope } from '@weir/contracts/envelope';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { sealAll } from '@weir/service-kit/crypto/sealed-box';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import type { Changed, ChangeRunner } from '../changes/change-runner.ts';
import { type ImportLine, readImportLines } from '../domain/import-lines.ts';
import { actorOf, organisationFor } from '@weir/service-kit/admin/reach';
import { findForbiddenConfigs } from '../tables/config-ceilings.ts';
import { findUnknownTenants } from '../tables/unknown-tenants.ts';
import type { NewVirtualKey } from '../tables/virtual-key-changes.ts';
import { toVirtualKey } from '../tables/virtual-key-rows.ts';
import type { Installation } from '../vault/installation.ts';
import { assertStillToExpire, changedKey, makeVirtualKey } from './create-key.ts';

interface ImportKeysParts {
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly clock: Clock;
}

type Reply = ReplyOf<typeof importKeys>;
type Problem = Reply['errors'][number];

interface AskedKey {
  readonly line: number;
  readonly asked: NewVirtualKey;
}

/** How many keys are sealed before others get their turn: each takes a millisecond. */
const sealedAtOnce = 20;

/** Makes all of the keys or none of them. A dry run makes them too, and undoes it. */
export function createImportKeys(parts: ImportKeysParts): EndpointHandler<typeof importKeys> {
  const { changes, clock } = parts;
  return async ({ data: { content, dry_run, format, idempotencyKey }, envelope }) => {
    const lines = readImportLines(format, content);
    try {
      const reply = await changes.run(
        envelope,
        async (transaction) => {
          const { errors, keys } = readKeys(lines, envelope, clock.nowMs());
          errors.push(...(await refusedByTenants(transaction, keys)));
          if (errors.length > 0) throw new Undone({ dry_run, errors: errors.sort(byLine), data: [] });
          const made = await makeKeys(transaction, keys, parts);
          if (dry_run) throw new Undone({ ...made.reply, dry_run, data: made.reply.data.map(withoutKey) });
          return made;
        },
        { key: idempotencyKey, request: ['key.import', format, dry_run, content] },
      );
      return { ...reply, data: await sealKeys(reply.data, actorOf(envelope)) };
    } catch (thrown) {
      if (!(thrown instanceof Undone)) throw thrown;
      return thrown.reply;
    }
  };
}

/** Rolls the transaction back, and says what is to be answered. */
class Undone extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('nothing was imported');
    this.reply = reply;
  }
}

function readKeys(lines: readonly ImportLine[], envelope: Envelope, nowMs: number) {
  const keys: AskedKey[] = [];
  const errors: Problem[] = [];
  for (const entry of lines) {
    const { line } = entry;
    try {
      if ('problem' in entry) throw new Fault('invalid_request', { message: entry.problem });
      const asked = parseOrFault(virtualKeyInputSchema, entry.fields, { whole: 'The line' });
      assertStillToExpire(asked, nowMs);
      keys.push({
        line,
        asked: { ...asked, organisation_id: organisationFor(envelope, asked.organisation_id) },
      });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      errors.push({ line, message: thrown.message });
    }
  }
  return { keys, errors };
}

async function refusedByTenants(transaction: Queryable, keys: readonly AskedKey[]): Promise<Problem[]> {
  const asked = keys.map((key) => key.asked);
  const unknown = await findUnknownTenants(transaction, asked);
  const forbidden = await findForbiddenConfigs(transaction, asked);
  return keys.flatMap(({ line }, place) => {
    const message = unknown.get(place) ?? forbidden.get(place);
    return message === undefined ? [] : [{ line, message }];
  });
}

async function makeKeys(
  transaction: Queryable,
  keys: readonly AskedKey[],
  { clock, installation }: ImportKeysParts,
): Promise<Changed<Reply>> {
  const data: Reply['data'] = [];
  const changed: ReturnType<typeof changedKey>[] = [];
  for (const { asked, line } of keys) {
    const { key, made } = await makeVirtualKey(transaction, asked, installation);
    data.push({ line, id: made.id, name: made.name, key });
    changed.push(changedKey('key.import', { before: null, after: toVirtualKey(made, clock.nowMs()) }));
  }
  return {
    reply: { dry_run: false, errors: [], data },
    audit: changed.flatMap(({ audit }) => audit),
    projects: changed.flatMap(({ projects }) => projects),
  };
}

async function sealKeys(data: Reply['data'], { sealingKey }: Actor): Promise<Reply['data']> {
  const sealed: Reply['data'] = [];
  for (let from = 0; from < data.length; from += sealedAtOnce) {
    const items = data.slice(from, from + sealedAtOnce);
    const keys = sealAll(
      items.map(({ key }) => key),
      sealingKey,
    );
    sealed.push(...items.map((item, index) => ({ ...item, key: keys[index] ?? '' })));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sealed;
}

function withoutKey({ line, name }: Reply['data'][number]): Reply['data'][number] {
  return { line, name, id: '', key: '' };
}

function byLine(a: Problem, b: Problem): number {
  return a.line - b.line;
}
