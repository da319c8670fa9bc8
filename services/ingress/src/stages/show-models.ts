import type { Model } from '@weir/contracts/models';
import { listModels } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { Arrival, Identified } from './arrival.ts';
import type { ModelNamed } from './read-model-id.ts';
import type { Handler } from './stage.ts';

export const showModels =
  ({ bus }: { bus: Bus }): Handler<Arrival & Identified> =>
  async ({ answer, envelope }) => {
    answer.json(200, JSON.stringify(await bus.request(listModels, {}, envelope)));
  };

export const showModel =
  ({ bus }: { bus: Bus }): Handler<Arrival & Identified & ModelNamed> =>
  async ({ answer, envelope, modelId }) => {
    const { data } = await bus.request(listModels, {}, envelope);
    const model = data.find(({ id }) => id === modelId) ?? unlisted(modelId, data);
    if (!model) {
      const message = `The model '${modelId}' does not exist.`;
      throw new Fault('model_not_found', { message, param: 'model' });
    }
    answer.json(200, JSON.stringify(model));
  };

/** A chat may name any model of a known provider as `<provider>/<model>`, listed or not. */
function unlisted(id: string, listed: Model[]): Model | undefined {
  const provider = /^([^/]+)\/./.exec(id)?.[1];
  const isKnown = listed.some(({ owned_by }) => owned_by === provider);
  return provider !== undefined && isKnown
    ? { id, object: 'model', created: 0, owned_by: provider }
    : undefined;
}
