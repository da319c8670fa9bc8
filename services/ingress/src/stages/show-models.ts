import { listModels } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { Arrival, Identified, ModelArrival } from './arrival.ts';
import type { Handler } from './stage.ts';

export const showModels =
  ({ bus }: { bus: Bus }): Handler<Arrival & Identified> =>
  async ({ answer, envelope }) => {
    answer.json(200, JSON.stringify(await bus.request(listModels, {}, envelope)));
  };

export const showModel =
  ({ bus }: { bus: Bus }): Handler<ModelArrival & Identified> =>
  async ({ answer, envelope, modelId }) => {
    const { data } = await bus.request(listModels, {}, envelope);
    const model = data.find(({ id }) => id === modelId);
    if (!model) throw new Fault('model_not_found', { message: `The model '${modelId}' does not exist.` });
    answer.json(200, JSON.stringify(model));
  };
