import { listAudit, verifyAudit } from '@weir/contracts/admin/audit';
import { changeMade } from '@weir/contracts/audit-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import type { AuditLog } from './audit/audit-log.ts';
import { createListAudit } from './endpoints/list-audit.ts';
import { createVerifyAudit } from './endpoints/verify-audit.ts';
import type { Installation } from './vault/installation.ts';

interface AuditParts {
  readonly database: Database;
  readonly auditLog: AuditLog;
  readonly installation: Installation;
  readonly logger: Logger;
}

/** The audit log, and what other services have changed. Its own changes come back too, and are known by then. */
export function serveAudit(bus: Pick<Bus, 'serve' | 'consume'>, parts: AuditParts): void {
  const { auditLog, database } = parts;
  bus.serve(listAudit, createListAudit(database));
  bus.serve(verifyAudit, createVerifyAudit(parts));
  bus.consume(changeMade, (events) =>
    database.transaction((transaction) =>
      auditLog.enter(
        transaction,
        events.map(({ data, id }) => ({ eventId: id, change: data })),
      ),
    ),
  );
}
