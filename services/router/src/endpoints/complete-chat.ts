import type { completeChat } from '@weir/contracts/router';
import type { StreamHandler } from '@weir/service-kit/bus/bus';
import type { ConfigLibrary } from '../configs/config-library.ts';
import { RequestExecutor } from '../engine/request-executor.ts';
import type { EngineDependencies } from '../engine/engine-dependencies.ts';
import type { Mirrors } from '../engine/mirrors.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'resolve'>;
  readonly engine: EngineDependencies;
  readonly mirrors: Mirrors;
}

/** Completes a chat as its routing config says, or at the provider that the model's name leads to. Failures are thrown as Faults. */
export function createCompleteChat({
  configs,
  engine,
  mirrors,
}: Dependencies): StreamHandler<typeof completeChat> {
  return async ({ data: chat, envelope, signal }, reply) => {
    const { name: configName, compiled: config } = configs.resolve(envelope.config, envelope.tenant);
    await new RequestExecutor({
      request: { chat, envelope, config, configName, signal },
      reply,
      mirrors,
      engine,
    }).run();
  };
}
