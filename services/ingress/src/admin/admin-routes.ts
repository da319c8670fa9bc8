import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Logger } from '@weir/service-kit/logger';
import { z } from 'zod';
import type { SealingKeys } from '../adapters/sealing-keys.ts';
import type { Admit } from '../admission.ts';
import { entityTag, knownRevisions } from '../domain/entity-tag.ts';
import type { CreateContext, RequestContext } from '../request-context.ts';
import type { Route } from '../routes/route.ts';
import { createGatewayStatus } from './gateway-status.ts';
import { readAdminRequest, type AdminRequestParts } from './read-admin-request.ts';
import { createRequestAdmin, type RequestAdmin } from './request-admin.ts';

interface AdminParts {
  readonly authenticateAdmin: Admit;
  readonly bus: Bus;
  readonly contextOf: CreateContext;
  readonly logger: Logger;
  readonly sealingKeys: SealingKeys;
}

/** Contracts of the admin API as routes, all served by the one way that follows. */
export function adminRoutes(contracts: readonly AdminEndpoint[], parts: AdminParts): Route[] {
  const { authenticateAdmin: admit, bus, contextOf, logger, sealingKeys } = parts;
  const own = new Map([[gatewayStatus.name, createGatewayStatus({ bus })]]);
  const requestAdmin = createRequestAdmin({ bus, own, sealingKeys });
  return contracts.map((contract) => ({
    method: contract.http.method,
    url: contract.http.path,
    admit,
    handle(request) {
      const { body, params, query } = request;
      const context = contextOf(request);
      const requestParts = { body, headers: context.headers, params, query };
      return answerAdmin(contract, { context, logger, parts: requestParts, requestAdmin });
    },
  }));
}

interface AdminRequest {
  readonly context: RequestContext;
  readonly logger: Logger;
  readonly parts: AdminRequestParts;
  readonly requestAdmin: RequestAdmin;
}

/** Reads the request, asks the service that serves the contract, tells the log of a change, and answers with the reply. */
async function answerAdmin(contract: AdminEndpoint, request: AdminRequest): Promise<void> {
  const { context, logger, parts, requestAdmin } = request;
  const { envelope, headers, response } = context;
  const { http } = contract;
  const data = readAdminRequest(contract, parts);
  const isKnown = http.hasRevision && http.method === 'GET' ? knownRevisions(headers) : () => false;
  const reply = await requestAdmin(contract, data, envelope);
  const revision = http.hasRevision ? revisionedSchema.parse(reply).revision : undefined;
  if (http.audit !== undefined) {
    // Who has changed what is one line, and never what it was changed to: of the request only its path is told.
    const what = http.params?.parse(parts.params);
    const change = { ...what, action: http.audit, revision, admin: true, requestId: response.requestId };
    logger.info(change, 'admin');
  }
  const tag = revision === undefined ? [] : ['etag', entityTag(revision)];
  if (revision !== undefined && isKnown(revision)) {
    response.begin(304, tag);
    response.end('');
  } else response.json(200, JSON.stringify(reply), tag);
}

const revisionedSchema = z.looseObject({ revision: z.int() });
