import { virtualKeyForm } from '@weir/contracts/keys/verification';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Admit, Authenticated, RequestHead } from '../admission.ts';
import { clientAddress, isListed } from '../domain/client-address.ts';
import type { AttemptThrottle } from './attempt-throttle.ts';
import { keyFromHeaders } from './key-headers.ts';
import type { KeyVerifier } from './key-verifier.ts';
import type { VirtualKey } from './virtual-key.ts';

interface AuthenticateParts {
  readonly clock: Clock;
  readonly throttle: Pick<AttemptThrottle, 'refuse'>;
  readonly verifier: Pick<KeyVerifier<VirtualKey>, 'verify'>;
}

/** Admits who has a virtual key. What is wrong with one that is not valid nobody is told. */
export function createAuthenticate({ clock, throttle, verifier }: AuthenticateParts): Admit {
  const admit = ({ addresses, authenticated, expiresAtMs }: VirtualKey, head: RequestHead): Authenticated => {
    if (expiresAtMs !== undefined && expiresAtMs <= clock.nowMs()) throw new Fault('expired_api_key');
    if (addresses && !isListed(addresses, clientAddress(head.ip))) throw new Fault('address_not_allowed');
    return authenticated;
  };
  return (head) => {
    const text = keyFromHeaders(head.headers);
    if (text === undefined) throw new Fault('missing_api_key');
    const id = virtualKeyForm.exec(text)?.[1];
    if (id === undefined) return throttle.refuse(head, new Fault('invalid_api_key'));
    const verified = verifier.verify({ text, id }, head);
    if (!(verified instanceof Promise)) return admit(verified, head);
    return verified.then((key) =>
      key ? admit(key, head) : throttle.refuse(head, new Fault('invalid_api_key'), id),
    );
  };
}
