import type { RoutingAccess } from '@weir/contracts/access-policy';
import type { Model } from '@weir/contracts/models';
import { listModels } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { matchesPattern } from '@weir/service-kit/name-pattern';
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
    const model = data.find(({ id }) => id === modelId) ?? unlisted(modelId, data, envelope.access);
    if (!model) {
      const message = `The model '${modelId}' does not exist.`;
      throw new Fault('model_not_found', { message, param: 'model' });
    }
    response.json(200, JSON.stringify(model));
  };

/** A chat may name any model of a known provider as `<provider>/<model>`, listed or not, if its key allows it. */
function unlisted(id: string, listed: Model[], access: RoutingAccess = {}): Model | undefined {
  const [, provider, model = ''] = /^([^/]+)\/(.+)/.exec(id) ?? [];
  const isKnown = listed.some(({ owned_by }) => owned_by === provider);
  const isAllowed = (access.models ?? []).every((patterns) =>
    patterns.some((pattern) => matchesPattern(pattern, id) || matchesPattern(pattern, model)),
  );
  return provider !== undefined && isKnown && isAllowed
    ? { id, object: 'model', created: 0, owned_by: provider }
    : undefined;
}
