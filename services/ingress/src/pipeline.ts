import type { Bus } from '@weir/service-kit/bus/bus';
import type { SealedConfigs } from './domain/sealed-configs.ts';
import type { Arrival, ChatArrival, ModelArrival } from './stages/arrival.ts';
import { authenticate } from './stages/authenticate.ts';
import { complete } from './stages/complete.ts';
import { readChat } from './stages/read-chat.ts';
import { readModelId } from './stages/read-model-id.ts';
import { resealStale } from './stages/reseal-stale.ts';
import { route } from './stages/route.ts';
import { showModel, showModels } from './stages/show-models.ts';
import { from } from './stages/stage.ts';

interface PipelineParts {
  bus: Bus;
  sealedConfigs: SealedConfigs;
}

export type Pipelines = ReturnType<typeof createPipelines>;

/** What each request goes through, and in which order. */
export const createPipelines = ({ bus, sealedConfigs }: PipelineParts) => ({
  chat: from<ChatArrival>()
    .through(authenticate)
    .through(route({ sealedConfigs }))
    .through(readChat)
    .through(resealStale)
    .to(complete({ bus })),

  models: from<Arrival>().through(authenticate).to(showModels({ bus })),

  model: from<ModelArrival>().through(authenticate).through(readModelId).to(showModel({ bus })),
});
