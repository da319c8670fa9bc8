import type { Envelope } from '@weir/contracts/envelope';
import type { Model } from '@weir/contracts/models';
import { listModels } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { matchesEach } from '@weir/service-kit/name-pattern';
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
    const model =
      data.find(({ id }) => id === modelId) ??
      (await findUnlisted({ bus, envelope, id: modelId, listed: data }));
    if (!model) {
      const message = `The model '${modelId}' does not exist.`;
      throw new Fault('model_not_found', { message, param: 'model' });
    }
    response.json(200, JSON.stringify(model));
  };

interface Unlisted extends ModelParts {
  readonly id: string;
  /** What the caller may use. */
  readonly listed: readonly Model[];
  readonly envelope: Envelope;
}

/** A chat may name any model of a known provider as `<provider>/<model>`, listed or not, if its key allows it. */
async function findUnlisted({ bus, envelope, id, listed }: Unlisted): Promise<Model | undefined> {
  const [, provider, name = ''] = /^([^/]+)\/(.+)/.exec(id) ?? [];
  const { models = [], ...access } = envelope.access ?? {};
  const isAllowed = models.every((list) => matchesEach([list], id) || matchesEach([list], name));
  if (provider === undefined || !isAllowed) return undefined;
  const isKnownBy = (known: readonly Model[]) => known.some(({ owned_by }) => owned_by === provider);
  // A known provider is not in the caller's list where its key may use none of the models that are listed.
  const isKnown =
    isKnownBy(listed) ||
    (models.length > 0 && isKnownBy((await bus.request(listModels, {}, { ...envelope, access })).data));
  return isKnown ? { id, object: 'model', created: 0, owned_by: provider } : undefined;
}
