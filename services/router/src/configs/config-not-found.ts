import { Fault } from '@weir/service-kit/fault';

/** Names are at most this long; what is longer was never one. */
const maxShown = 64;

export function configNotFound(name: string): Fault {
  const message = `There is no routing config ${JSON.stringify(name.slice(0, maxShown))}.`;
  return new Fault('config_not_found', { message, param: 'config' });
}
