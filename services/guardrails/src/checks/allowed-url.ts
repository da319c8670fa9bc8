import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { InvalidCheck } from './check-dependencies.ts';

/** A check's `url`, as far as it is known before it is connected to that it may be asked. Throws InvalidCheck. */
export function allowedUrl(text: string, hostPolicy: HostPolicy): URL {
  const url = new URL(text);
  const reason =
    url.username === '' && url.password === ''
      ? hostPolicy.checkHost(url.origin)
      : 'must have no user and no password';
  if (reason !== undefined) throw new InvalidCheck('url', reason);
  return url;
}
