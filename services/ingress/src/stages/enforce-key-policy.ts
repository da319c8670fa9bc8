import { matchesEach, matchesPattern } from '@weir/service-kit/name-pattern';
import { Fault } from '@weir/service-kit/fault';
import type { Authenticated } from '../admission.ts';
import type { RequestContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

/** What holds where there is none: the operator means it for everybody. */
const defaultConfig = 'default';

/**
 * Holds a request to what its key may do, as far as that can be judged here: by which config it is routed. Models, providers and hosts are the router's to judge.
 */
export const enforceKeyPolicy: Stage<RequestContext & RoutingHeaders, object> = (request, next) => {
  const { authenticated, envelope, inlineConfig } = request;
  if (inlineConfig !== undefined) assertMayBringConfig(authenticated);
  else if (envelope.config !== undefined) assertMayUse(envelope.config, authenticated);
  return next({});
};

function assertMayBringConfig({ configAccess }: Authenticated): void {
  if (!configAccess || configAccess.inline) return;
  const message = 'The API key may not bring a routing config of its own. Name a stored one, or send none.';
  throw new Fault('config_not_allowed', { message });
}

/** The config that the key is bound to need not be in the key's own list; its tenants' lists hold for it as well. */
function assertMayUse(name: string, { config, configAccess }: Authenticated): void {
  if (!configAccess) return;
  const { ownList, tenantLists } = configAccess;
  const isOwn = name === config || !ownList || ownList.some((pattern) => matchesPattern(pattern, name));
  const isOfTenants = name === defaultConfig || matchesEach(tenantLists, name);
  if (!isOwn || !isOfTenants) throw new Fault('config_not_allowed');
}
