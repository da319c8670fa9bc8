import type { CacheClient } from '@weir/cache-client/cache-client';
import type { CompletionRequest } from '@weir/cache-client/completion-request';
import type { Envelope } from '@weir/contracts/envelope';
import type { FaultCode } from '@weir/contracts/faults';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import type { ScreeningOrder } from '@weir/contracts/guardrails/summary';
import { completeChat } from '@weir/contracts/router';
import type { Bus, StreamCall } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { GuardrailPolicies } from '../adapters/guardrail-policies.ts';
import type { RequiredGuardrails } from '../adapters/required-guardrails.ts';
import { bypassing, wrapSink, type CompletionSink } from '../completion-sink.ts';

export interface ScreenedParts {
  readonly bus: Pick<Bus, 'requestStream'>;
  readonly cache: Pick<CacheClient, 'complete'>;
  readonly policies: Pick<GuardrailPolicies, 'choose'>;
  readonly required: RequiredGuardrails;
}

interface ScreenedRequest {
  readonly body: Uint8Array;
  /** All the policies that hold for the request, without those that its config asks for. */
  readonly guardrailNames: readonly string[];
  /** The config as the routers' demands are remembered by. */
  readonly config: string | undefined;
  /** Whether its client reads Portkey's statuses. */
  readonly speaksPortkey: boolean;
  readonly attach: (call: StreamCall) => void;
}

/** Nobody has begun the request. */
const unavailableCodes: ReadonlySet<FaultCode> = new Set(['service_unavailable', 'overloaded']);

/**
 * Asks for a completion: guardrails where any policy checks anything, else the cache where that is on, else the router. Where the router's config asks for more
 * than the request has passed, it is made once more with that.
 */
export class ScreenedCompletion {
  readonly #parts: ScreenedParts;
  readonly #request: ScreenedRequest;

  constructor(parts: ScreenedParts, request: ScreenedRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  ask(envelope: Envelope, sink: CompletionSink): void {
    const { required } = this.#parts;
    const known = required.of(this.#request.config);
    const demanded = known ? this.#with(envelope, known) : envelope;
    this.#ask(
      demanded,
      wrapSink(sink, {
        onFault: (fault, next) => {
          const asked = fault.code === 'guardrails_required' ? fault.details.required : undefined;
          if (!asked || isCovered(asked, demanded.guardrails)) next(fault);
          else {
            required.remember(this.#request.config, asked);
            // What was known of the config until now is what it no longer says.
            this.#tryAgain(this.#with(envelope, asked), sink);
          }
        },
      }),
    );
  }

  #tryAgain(envelope: Envelope, sink: CompletionSink): void {
    try {
      this.#ask(envelope, sink);
    } catch (thrown) {
      sink.onFault(Fault.from(thrown));
    }
  }

  #ask(envelope: Envelope, sink: CompletionSink): void {
    const { bus, cache, policies } = this.#parts;
    const { attach, body, guardrailNames } = this.#request;
    const { guardrails } = envelope;
    if (!guardrails) {
      const fetch: CompletionRequest['fetch'] = (sent, to) => bus.requestStream(completeChat, body, sent, to);
      attach(cache.complete({ body, envelope, fetch }, sink));
      return;
    }
    const names = [...guardrailNames, ...guardrails.input, ...guardrails.output];
    const { isOptional } = policies.choose(names);
    const call = bus.requestStream(
      completeScreened,
      body,
      envelope,
      wrapSink(sink, {
        onFault: (fault, next) => {
          if (call.isAccepted || !unavailableCodes.has(fault.code)) next(fault);
          else if (!isOptional) next(new Fault('guardrails_unavailable', { cause: fault }));
          else this.#askUnscreened(envelope, unscreened(sink, guardrails));
        },
      }),
    );
    attach(call);
  }

  /** Without the cache: what was not screened is not looked up there, nor kept. */
  #askUnscreened({ cache, ...envelope }: Envelope, sink: CompletionSink): void {
    const { attach, body } = this.#request;
    if (cache?.isOnlyIfCached) sink.onFault(new Fault('not_cached'));
    else {
      const told = cache ? bypassing(sink) : sink;
      attach(this.#parts.bus.requestStream(completeChat, body, envelope, told));
    }
  }

  /** The envelope with what a config asks for. */
  #with(envelope: Envelope, asked: Pick<ScreeningOrder, 'input' | 'output'>): Envelope {
    const { input = [], output = [] } = envelope.guardrails ?? {};
    const { speaksPortkey } = this.#request;
    const merged = (these: readonly string[], those: readonly string[]) => [...new Set([...these, ...those])];
    return {
      ...envelope,
      guardrails: {
        input: merged(input, asked.input),
        output: merged(output, asked.output),
        ...(speaksPortkey && { speaksPortkey }),
      },
    };
  }
}

function isCovered(asked: Pick<ScreeningOrder, 'input' | 'output'>, by: ScreeningOrder | undefined): boolean {
  const covers = (side: 'input' | 'output') => asked[side].every((name) => by?.[side].includes(name));
  return covers('input') && covers('output');
}

/** Tells the client that what was asked for has not been done. */
function unscreened(sink: CompletionSink, { input, output }: ScreeningOrder): CompletionSink {
  const guardrails = { policies: [...new Set([...input, ...output])], entries: [], isBypassed: true };
  return wrapSink(sink, {
    onHead(head, next) {
      next({ ...head, guardrails });
    },
    onEnd(trailer, body, next) {
      next({ ...trailer, guardrails }, body);
    },
    onFault({ code, message, cause, details }, next) {
      next(new Fault(code, { message, cause, ...details, guardrails }));
    },
  });
}
