import { matchesEach } from '@weir/service-kit/name-pattern';
import { Fault } from '@weir/service-kit/fault';
import type { Authenticated } from '../admission.ts';
import type { HeaderConfig } from '../domain/routing-headers.ts';
import type { RequestContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

/**
 * Holds a request to what its key may do, as far as that can be judged here: by which config it is routed, and what it has to
 * pass. The config that the key is bound to, and none at all, are always allowed. Models, providers and hosts are the router's
 * to judge.
 */
export const enforceKeyPolicy: Stage<RequestContext & RoutingHeaders, object> = (request, next) => {
  const { authenticated, sentConfig } = request;
  if (sentConfig) assertMayChoose(sentConfig, authenticated);
  // Nothing here can apply guardrails: who has asked for protection is not served without it.
  if (authenticated.guardrailPolicy !== undefined) throw new Fault('guardrails_unavailable');
  return next({});
};

function assertMayChoose({ kind, text }: HeaderConfig, { config, configAccess }: Authenticated): void {
  if (!configAccess || (kind === 'name' && text === config)) return;
  if (kind === 'name' && !matchesEach(configAccess.named, text)) throw new Fault('config_not_allowed');
  if (kind === 'inline' && !configAccess.inline) {
    const message = 'The API key may not bring a routing config of its own. Name a stored one, or send none.';
    throw new Fault('config_not_allowed', { message });
  }
}
