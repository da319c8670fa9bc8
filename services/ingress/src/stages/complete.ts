import type { Envelope } from '@weir/contracts/envelope';
import { wrapSink, type CompletionSink } from '../completion-sink.ts';
import { Fault } from '@weir/service-kit/fault';
import type { SealedConfigs } from '../adapters/sealed-configs.ts';
import type { ChatContext } from '../request-context.ts';
import type { GuardrailsChosen } from './choose-guardrails.ts';
import type { ChatRead } from './read-chat.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import { ScreenedCompletion, type ScreenedParts } from './screened-completion.ts';
import type { Handler } from './stage.ts';

interface CompleteParts extends ScreenedParts {
  readonly sealedConfigs: SealedConfigs;
}

type Completable = ChatContext & RoutingHeaders & GuardrailsChosen & ChatRead;

/** Has the chat screened and completed, straight into the request's sink. */
export const complete =
  ({ sealedConfigs, ...parts }: CompleteParts): Handler<Completable> =>
  ({ body, envelope, guardrailNames, inlineConfig, response, sink, speaksPortkey }) => {
    const completion = new ScreenedCompletion(parts, {
      body,
      guardrailNames,
      speaksPortkey,
      config: inlineConfig ?? envelope.config,
      attach: (call) => {
        response.attach(call);
      },
    });
    const ask = completion.ask.bind(completion);
    if (inlineConfig !== undefined) return askSealed({ ask, envelope, inlineConfig, sealedConfigs, sink });
    ask(envelope, sink);
    return undefined;
  };

interface SealedRequest {
  readonly ask: (envelope: Envelope, sink: CompletionSink) => void;
  readonly envelope: Envelope;
  readonly inlineConfig: string;
  readonly sealedConfigs: SealedConfigs;
  readonly sink: CompletionSink;
}

/**
 * Asks once more where the routers could not open the inline config, since their key has changed: they have not begun the
 * request. A second time the client hears of it.
 */
async function askSealed({ ask, envelope, inlineConfig, sealedConfigs, sink }: SealedRequest): Promise<void> {
  const askAgain = async () => {
    ask({ ...envelope, config: await sealedConfigs.reseal(inlineConfig, envelope) }, sink);
  };
  const retrying = wrapSink(sink, {
    onFault(fault, next) {
      if (fault.code !== 'stale_sealing_key') next(fault);
      else
        askAgain().catch((thrown: unknown) => {
          next(Fault.from(thrown));
        });
    },
  });
  ask({ ...envelope, config: await sealedConfigs.seal(inlineConfig, envelope) }, retrying);
}
