import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { listCredentials } from '@weir/contracts/admin/credentials';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { JsonReader } from '@weir/service-kit/json-reader';
import type { Logger } from '@weir/service-kit/logger';
import { z } from 'zod';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import type { SealingKeyClients } from '../adapters/sealing-keys.ts';
import type { AuthenticateAdmin } from '../authentication/authenticate-admin.ts';
import { entityTag, knownRevisions } from '../domain/entity-tag.ts';
import type { CreateContext, RequestContext } from '../request-context.ts';
import type { Route } from '../routes/route.ts';
import { answerCsv } from './answer-csv.ts';
import { createGatewayStatus } from './gateway-status.ts';
import { readAdminRequest, type AdminRequestParts } from './read-admin-request.ts';
import { createListCredentials } from './list-credentials.ts';
import { createRequestAdmin, type OwnHandler, type RequestAdmin } from './request-admin.ts';

interface AdminParts {
  readonly authenticateAdmin: AuthenticateAdmin;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly contextOf: CreateContext;
  readonly logger: Logger;
  readonly reader: JsonReader;
  /** Those of the services, to which secrets in requests are sealed. */
  readonly serviceKeys: SealingKeyClients;
  /** This process's own, to which secrets in replies are. */
  readonly sealingPair: SealingPair;
}

/** Contracts of the admin API as routes, all served by the one way that follows. */
export function adminRoutes(contracts: readonly AdminEndpoint[], parts: AdminParts): Route[] {
  const { authenticateAdmin, bus, clock, contextOf, logger, reader, sealingPair, serviceKeys } = parts;
  const own = new Map<string, OwnHandler>([
    [gatewayStatus.name, createGatewayStatus({ bus })],
    [listCredentials.name, createListCredentials({ bus })],
  ]);
  const requestAdmin = createRequestAdmin({ bus, own, sealingPair, serviceKeys });
  return contracts.map((contract) => ({
    method: contract.http.method,
    url: contract.http.path,
    share: 'operations',
    admit: authenticateAdmin(contract.http),
    handle(request) {
      const { body, params, query } = request;
      const context = contextOf(request);
      const requestParts = { body, headers: context.headers, params, query, reader };
      return answerAdmin(contract, { clock, context, logger, parts: requestParts, requestAdmin });
    },
  }));
}

interface AdminRequest {
  readonly clock: Clock;
  readonly context: RequestContext;
  readonly logger: Logger;
  readonly parts: AdminRequestParts;
  readonly requestAdmin: RequestAdmin;
}

/** Reads the request, asks the service that serves the contract, tells the log of a change, and answers with the reply. */
async function answerAdmin(contract: AdminEndpoint, request: AdminRequest): Promise<void> {
  const { clock, context, logger, parts, requestAdmin } = request;
  const { envelope, headers, response } = context;
  const { http } = contract;
  const data = await readAdminRequest(contract, parts);
  if (http.csv && data['format'] === 'csv') {
    await answerCsv(contract, { clock, context, data, form: http.csv, requestAdmin });
    return;
  }
  const isKnown = http.hasRevision && http.method === 'GET' ? knownRevisions(headers) : () => false;
  const reply = await requestAdmin(contract, data, envelope);
  const revision = http.hasRevision ? revisionedSchema.parse(reply).revision : undefined;
  if (http.audit !== undefined) {
    // Who has changed what is one line, and never what it was changed to: of the request only its path is told.
    const what = http.params?.parse(parts.params);
    const { requestId } = response;
    const change = { ...what, action: http.audit, revision, admin: envelope.actor?.id, requestId };
    logger.info(change, 'admin');
  }
  const tag = revision === undefined ? [] : ['etag', entityTag(revision)];
  if (revision !== undefined && isKnown(revision)) {
    response.begin(304, tag);
    response.end('');
  } else response.json(200, JSON.stringify(reply), tag);
}

const revisionedSchema = z.looseObject({ revision: z.int() });
