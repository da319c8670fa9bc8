import type { AdminPipelines } from '../../admin-pipelines.ts';
import { requireAdminKey } from '../../stages/require-admin.ts';
import type { AdminArrival } from '../../stages/arrival.ts';
import type { Handler } from '../../stages/stage.ts';
import type { Door } from '../door.ts';
import type { Endpoint } from '../endpoint.ts';

interface AdminEndpointParts {
  adminKey: string;
  door: Door;
  pipelines: AdminPipelines;
}

/** The admin API, below `/admin/v1`. */
export function adminEndpoints({ adminKey, door, pipelines }: AdminEndpointParts): Endpoint[] {
  const endpoint = (method: Endpoint['method'], path: string, handle: Handler<AdminArrival>): Endpoint => ({
    method,
    url: `/admin/v1${path}`,
    admit: ({ headers }) => {
      requireAdminKey(headers, adminKey);
    },
    handle(request) {
      const { body, params, query } = request;
      return handle({ ...door.arrival(request), body, params, query });
    },
  });

  return [
    endpoint('GET', '/configs', pipelines.listConfigs),
    endpoint('GET', '/configs/:name', pipelines.readConfig),
    endpoint('PUT', '/configs/:name', pipelines.writeConfig),
    endpoint('DELETE', '/configs/:name', pipelines.deleteConfig),
    endpoint('GET', '/configs/:name/revisions', pipelines.listRevisions),
    endpoint('POST', '/configs/:name/rollback', pipelines.rollBack),
    endpoint('POST', '/dry-run/routing', pipelines.dryRun),
    endpoint('GET', '/status', pipelines.status),
  ];
}
