import type { verifyAudit } from '@weir/contracts/admin/audit';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Database } from '@weir/service-kit/database/database';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { verifyChain } from '../audit/verify-chain.ts';
import type { Installation } from '../vault/installation.ts';

interface VerifyAuditParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly installation: Installation;
  readonly logger: Logger;
}

/** One at a time, since each reads the whole table by a connection of its own. */
export function createVerifyAudit({
  database,
  installation: { auditKey },
  logger,
}: VerifyAuditParts): EndpointHandler<typeof verifyAudit> {
  let isBusy = false;
  return async ({ data: { anchor }, signal }) => {
    if (isBusy) {
      const message = 'The audit log is being verified already. Ask again when that is done.';
      throw new Fault('overloaded', { message, retryAfterMs: 5_000 });
    }
    isBusy = true;
    try {
      const verified = await database.transaction(
        (transaction) => verifyChain(transaction, { auditKey, anchor, signal }),
        { isolation: 'repeatable read' },
      );
      // Where the log is kept elsewhere, so is an anchor.
      const { broken, head } = verified;
      if (broken) logger.error({ broken }, 'the audit log is not what was entered');
      else logger.info({ head }, 'the audit log is intact');
      return verified;
    } finally {
      isBusy = false;
    }
  };
}
