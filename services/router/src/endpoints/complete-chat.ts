import type { completeChat } from '@weir/contracts/router';
import type { Envelope } from '@weir/contracts/envelope';
import type { StreamHandler } from '@weir/service-kit/bus/bus';
import type { StoredCredentials } from '../credentials/stored-credentials.ts';
import { Fault } from '@weir/service-kit/fault';
import type { ConfigLibrary } from '../configs/config-library.ts';
import type { CompiledConfig } from '../domain/routing/compiled-config.ts';
import { RequestExecutor } from '../engine/request-executor.ts';
import type { EngineDependencies } from '../engine/engine-dependencies.ts';
import type { Mirrors } from '../engine/mirrors.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'resolve'>;
  readonly credentials: Pick<StoredCredentials, 'assertKnown'>;
  readonly engine: EngineDependencies;
  readonly mirrors: Mirrors;
}

/** Completes a chat as its routing config says, or at the provider that the model's name leads to. Failures are thrown as Faults. */
export function createCompleteChat({
  configs,
  credentials,
  engine,
  mirrors,
}: Dependencies): StreamHandler<typeof completeChat> {
  return async ({ data: chat, envelope, signal }, reply) => {
    credentials.assertKnown();
    const {
      name: configName,
      revision: configRevision,
      compiled: config,
    } = configs.resolve(envelope.config, envelope.tenant);
    assertScreened(config, envelope);
    await new RequestExecutor({
      request: { chat, envelope, config, configName, configRevision, signal },
      reply,
      mirrors,
      engine,
    }).run();
  };
}

/** What a config asks for is not left to whoever asks: who has not passed it is told what it takes. */
function assertScreened({ guardrails: required }: CompiledConfig, { guardrails: passed }: Envelope): void {
  if (!required) return;
  const isPassed = (side: 'input' | 'output') =>
    required[side].every((name) => name === 'off' || passed?.[side].includes(name));
  if (isPassed('input') && isPassed('output')) return;
  throw new Fault('guardrails_required', {
    required: { input: [...required.input], output: [...required.output] },
  });
}
