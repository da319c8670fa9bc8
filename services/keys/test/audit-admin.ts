import { listAudit, verifyAudit } from '@weir/contracts/admin/audit';
import type { changeMade } from '@weir/contracts/audit-events';
import type { DataOf, ReplyOf } from '@weir/contracts/descriptors';
import type { z } from 'zod';
import { TestAdmin } from './harness.ts';

type Change = DataOf<typeof changeMade>;

/** What another service tells of. */
export function changeBy(overrides: Partial<Change> = {}): Change {
  return {
    atMs: 1_764_000_000_000,
    requestId: 'request-1',
    actor: { id: 'environment', address: '192.0.2.7' },
    action: 'config.write',
    organisation: null,
    target: { kind: 'config', id: 'chat' },
    before: null,
    after: { revision: 1 },
    ...overrides,
  };
}

/** Who reads the audit log. */
export class AuditAdmin extends TestAdmin {
  list(request: z.input<typeof listAudit.request> = {}, actor = {}): Promise<ReplyOf<typeof listAudit>> {
    return this.ask(listAudit, request, actor);
  }

  verify(anchor?: { seq: number; hash: string }): Promise<ReplyOf<typeof verifyAudit>> {
    return this.ask(verifyAudit, anchor ? { anchor } : {});
  }
}
