import type { Model } from '@weir/contracts/models';
import { listModels } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { ModelContext, RequestContext } from '../request-context.ts';
import type { Handler } from './stage.ts';

interface ModelParts {
  readonly bus: Pick<Bus, 'request'>;
}

/** Every model that a request may name now. */
export const answerModels =
  ({ bus }: ModelParts): Handler<RequestContext> =>
  async ({ envelope, response }) => {
    response.json(200, JSON.stringify(await bus.request(listModels, {}, envelope)));
  };

/** One of them, by the name that a chat would use. */
export const answerModel =
  ({ bus }: ModelParts): Handler<ModelContext> =>
  async ({ envelope, modelId, response }) => {
    const { data } = await bus.request(listModels, {}, envelope);
    const model = data.find(({ id }) => id === modelId) ?? unlisted(modelId, data);
    if (!model) {
      const message = `The model '${modelId}' does not exist.`;
      throw new Fault('model_not_found', { message, param: 'model' });
    }
    response.json(200, JSON.stringify(model));
  };

/** A chat may name any model of a known provider as `<provider>/<model>`, listed or not. */
function unlisted(id: string, listed: Model[]): Model | undefined {
  const provider = /^([^/]+)\/./.exec(id)?.[1];
  const isKnown = listed.some(({ owned_by }) => owned_by === provider);
  return provider !== undefined && isKnown
    ? { id, object: 'model', created: 0, owned_by: provider }
    : undefined;
}
