import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';
import { isAdminKey } from '../domain/admin-key.ts';
import type { AdminArrival, Identified } from './arrival.ts';
import { keyOf } from './authenticate.ts';
import type { Stage } from './stage.ts';

/** Lets the operator's key through, and no other. An admin acts for no organisation in particular. */
export const requireAdmin =
  ({ adminKey }: { adminKey: string }): Stage<AdminArrival, Identified> =>
  ({ answer, deadlineAtMs, headers }, next) => {
    requireAdminKey(headers, adminKey);
    const { requestId, traceparent } = answer;
    return next({ envelope: { requestId, tenant: 'default', traceparent, deadlineAtMs } });
  };

/** Throws `invalid_admin_key` where the key is another's, or not there. */
export function requireAdminKey(headers: IncomingHttpHeaders, adminKey: string): void {
  if (!isAdminKey(keyOf(headers) ?? '', adminKey)) throw new Fault('invalid_admin_key');
}
