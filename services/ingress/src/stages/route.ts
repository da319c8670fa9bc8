import type { Envelope } from '@weir/contracts/envelope';
import { traceIdOf } from '@weir/service-kit/trace-context';
import { givenConfig } from '../domain/given-config.ts';
import { portkeyTraceHeader, portkeyTraceId } from '../domain/portkey-trace-id.ts';
import { metadataOf } from '../domain/request-metadata.ts';
import type { SealedConfigs } from '../domain/sealed-configs.ts';
import type { Arrival, Identified } from './arrival.ts';
import type { Stage } from './stage.ts';

export interface Routed {
  /** With what the caller says of its request, and with the config by which it is routed. */
  readonly envelope: Envelope;
  /** Whether the answer's headers are told in Portkey's names too. */
  readonly speaksPortkey: boolean;
  /** The envelope once more, its inline config sealed to the routers' newest key. */
  readonly reseal?: () => Promise<Envelope>;
}

/**
 * Reads how the request is to be routed: by the config in its headers, else by the one that its key is bound to; where
 * there is neither the router takes the stored config `default`, if there is one.
 */
export const route =
  ({ sealedConfigs }: { sealedConfigs: SealedConfigs }): Stage<Arrival & Identified, Routed> =>
  async ({ answer, config: boundConfig, envelope, headers }, next) => {
    const ownTraceId = portkeyTraceId(headers);
    if (ownTraceId !== undefined) answer.headers = [portkeyTraceHeader, ownTraceId];
    const given = givenConfig(headers);
    const speaksPortkey = given?.isPortkeys ?? false;
    if (speaksPortkey) answer.headers = [portkeyTraceHeader, ownTraceId ?? traceIdOf(answer.traceparent)];

    const metadata = metadataOf(headers);
    const withConfig = (config: string | undefined): Envelope => ({
      ...envelope,
      ...(metadata && { metadata }),
      ...(config !== undefined && { config }),
    });
    if (given?.kind !== 'inline') {
      return next({ envelope: withConfig(given?.text ?? boundConfig), speaksPortkey });
    }
    const { text } = given;
    const reseal = async () => withConfig(await sealedConfigs.reseal(text, envelope));
    return next({ envelope: withConfig(await sealedConfigs.seal(text, envelope)), speaksPortkey, reseal });
  };
