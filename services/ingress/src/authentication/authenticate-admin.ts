import { hash, timingSafeEqual } from 'node:crypto';
import type { AdminRoute } from '@weir/contracts/admin/admin-endpoint';
import { adminKeyForm } from '@weir/contracts/keys/verification';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Admit, Authenticated, RequestHead } from '../admission.ts';
import { clientAddress } from '../domain/client-address.ts';
import type { AdminKey } from './admin-key.ts';
import type { AttemptThrottle } from './attempt-throttle.ts';
import type { DeniedCalls } from './denied-calls.ts';
import { keyFromHeaders } from './key-headers.ts';
import type { KeyVerifier } from './key-verifier.ts';

interface AuthenticateAdminParts {
  readonly clock: Clock;
  readonly deniedCalls: Pick<DeniedCalls, 'add'>;
  /** The operator's own, from the environment: it may do everything. */
  readonly environmentKey: string | undefined;
  /** To which secrets in replies are sealed. */
  readonly sealingKey: string;
  readonly throttle: Pick<AttemptThrottle, 'refuse'>;
  readonly verifier: Pick<KeyVerifier<AdminKey>, 'verify'>;
}

/** Admits to a route who has an admin key that may call it. */
export type AuthenticateAdmin = (route: AdminRoute) => Admit;

type Reach = Pick<AdminKey, 'organisation' | 'scopes'>;

const everything: Reach = { organisation: undefined, scopes: new Set(['owner']) };

export function createAuthenticateAdmin(parts: AuthenticateAdminParts): AuthenticateAdmin {
  const { clock, deniedCalls, environmentKey, sealingKey, throttle, verifier } = parts;

  const admit = (route: AdminRoute, id: string, key: Reach, head: RequestHead): Authenticated => {
    const { organisation } = key;
    const address = clientAddress(head.ip);
    const actor = { id, address, sealingKey, ...(organisation !== undefined && { organisation }) };
    if (!mayCall(route, key)) {
      deniedCalls.add(route, actor, head.responseWriter.requestId);
      throw new Fault('insufficient_scope', { message: refusal(route, key) });
    }
    return { tenant: organisation ?? 'default', actor };
  };

  return (route) => (head) => {
    const text = keyFromHeaders(head.headers);
    if (text === undefined) throw new Fault('invalid_admin_key');
    if (environmentKey !== undefined && isSameText(text, environmentKey)) {
      return admit(route, 'environment', everything, head);
    }
    const id = adminKeyForm.exec(text)?.[1];
    if (id === undefined) return throttle.refuse(head, new Fault('invalid_admin_key'));
    const admitKnown = (key: AdminKey | undefined) => {
      if (!key) return throttle.refuse(head, new Fault('invalid_admin_key'), id);
      if (key.expiresAtMs !== undefined && key.expiresAtMs <= clock.nowMs())
        throw new Fault('expired_api_key');
      return admit(route, id, key, head);
    };
    const verified = verifier.verify({ text, id }, head);
    return verified instanceof Promise ? verified.then(admitKnown) : admitKnown(verified);
  };
}

/** `owner` may do everything, and `read` is enough for what changes nothing; all within what the key reaches. */
function mayCall({ method, reach, scope }: AdminRoute, { organisation, scopes }: Reach): boolean {
  if (organisation !== undefined && reach !== 'organisation') return false;
  return scopes.has('owner') || scopes.has(scope) || (method === 'GET' && scopes.has('read'));
}

function refusal({ reach, scope }: AdminRoute, { organisation }: Reach): string {
  return organisation !== undefined && reach !== 'organisation'
    ? 'This takes an admin key that reaches the whole installation, not one organisation.'
    : `This takes an admin key with the scope "${scope}".`;
}

/** Whether two texts are the same. The time that it takes tells nothing of them, their lengths included. */
export function isSameText(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
