import { createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditContent, auditHash, contentOf } from './audit-entry.ts';

const [auditKey, otherKey] = [3, 4].map((fill) => createSecretKey(Buffer.alloc(32, fill))) as [
  KeyObject,
  KeyObject,
];
const text = fc.string({ maxLength: 8 });
const content: fc.Arbitrary<AuditContent> = fc.record({
  ...{ eventId: text, actorId: text, actorAddress: text, action: text, targetKind: text, targetId: text },
  ...{ requestId: text, organisation: fc.option(text), before: fc.option(text), after: fc.option(text) },
  atMs: fc.nat(),
});
const link = fc.record({ seq: fc.nat(), hash: text });

test('no two entries, places or predecessors have the same hash, however their texts lie side by side', () => {
  fc.assert(
    fc.property(content, content, link, link, (one, other, here, there) => {
      const isSame = JSON.stringify([one, here]) === JSON.stringify([other, there]);
      const hash = auditHash(one, here, auditKey);
      expect(auditHash({ ...one }, { ...here }, auditKey)).toBe(hash);
      expect(auditHash(other, there, auditKey) === hash).toBe(isSame);
      // A boundary between two fields that has moved.
      const moved = {
        ...one,
        action: one.action + one.targetKind.slice(0, 1),
        targetKind: one.targetKind.slice(1),
      };
      expect(auditHash(moved, here, auditKey) === hash).toBe(one.targetKind === '');
      expect(auditHash(one, here, otherKey)).not.toBe(hash);
    }),
  );
});

test('an entry holds what Postgres can give back', () => {
  const entry = contentOf('event', {
    ...{ atMs: 1, requestId: 'a\0b', action: '\ud800', organisation: null, before: null },
    actor: { id: 'id', address: '::1' },
    target: { kind: 'config', id: '\udc00x' },
    after: { name: 'a\0\ud800' },
  });
  expect(entry).toMatchObject({ requestId: 'a\ufffdb', action: '\ufffd', targetId: '\ufffdx', before: null });
  expect(entry.after).toBe('{"name":"a\\u0000\\ud800"}');
});
