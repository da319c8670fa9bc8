import type { Pipelines } from '../pipeline.ts';
import type { Door } from './door.ts';
import type { Endpoint } from './endpoint.ts';

export const models = (door: Door, pipelines: Pipelines): Endpoint => ({
  method: 'GET',
  url: '/v1/models',
  handle: (request) => pipelines.models(door.arrival(request)),
});

/** The id may hold slashes, as `<provider>/<model>` does. */
export const model = (door: Door, pipelines: Pipelines): Endpoint => ({
  method: 'GET',
  url: '/v1/models/*',
  handle: (request) => pipelines.model({ ...door.arrival(request), params: request.params }),
});
