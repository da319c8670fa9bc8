import type { Bus } from '@weir/service-kit/bus/bus';
import type { Arrival, ChatArrival, ModelArrival } from './stages/arrival.ts';
import { authenticate } from './stages/authenticate.ts';
import { complete } from './stages/complete.ts';
import { readChat } from './stages/read-chat.ts';
import { showModel, showModels } from './stages/show-models.ts';
import { from } from './stages/stage.ts';

export type Pipelines = ReturnType<typeof createPipelines>;

/** What each request goes through, and in which order. */
export const createPipelines = ({ bus }: { bus: Bus }) => ({
  chat: from<ChatArrival>().through(authenticate).through(readChat).to(complete({ bus })),

  models: from<Arrival>().through(authenticate).to(showModels({ bus })),

  model: from<ModelArrival>().through(authenticate).to(showModel({ bus })),
});
