import type { completeChat } from '@weir/contracts/router';
import type { StreamHandler } from '@weir/service-kit/bus/bus';
import type { ConfigLibrary } from '../configs/config-library.ts';
import { Completion } from '../engine/completion.ts';
import type { EngineParts } from '../engine/engine-parts.ts';
import type { Mirrors } from '../engine/mirrors.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'resolve'>;
  readonly engine: EngineParts;
  readonly mirrors: Mirrors;
}

/** Completes a chat as its routing config says, or at the provider that the model's name leads to. What goes wrong is a Fault. */
export function createCompleteChat({
  configs,
  engine,
  mirrors,
}: Dependencies): StreamHandler<typeof completeChat> {
  return async ({ data: chat, envelope, signal }, reply) => {
    const { name: configName, compiled: config } = configs.resolve(envelope.config);
    await new Completion({
      asked: { chat, envelope, config, configName, signal },
      reply,
      mirrors,
      engine,
    }).run();
  };
}
