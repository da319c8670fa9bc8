import type { IncomingHttpHeaders } from 'node:http';
import { isRefusing } from './fault.ts';
import type { Fault, RefusingFault, WireFault } from './fault.ts';
import type { CallSettings, Protocol } from './protocol.ts';
import { ErrorReply } from './reply.ts';
import type { JsonReply, Reply } from './reply.ts';
import type { RecordedRequest } from './request-log.ts';
import type { Route } from './routes.ts';
import type { Pacing, Script } from './script.ts';
import { planReply } from './reply-plan.ts';
import { withQuote } from './quote.ts';
import type { WirePlan } from './wire-plan.ts';

/** What holds for every request to a provider, unless its script says otherwise. */
export interface ProviderSettings extends Pacing {
  lead: string | undefined;
  emitReasoningContent: boolean;
  errorQuote: string | undefined;
}

interface CallParts {
  route: Route;
  recorded: RecordedRequest;
  script: Omit<Script, 'fault'>;
  fault: RefusingFault | WireFault | undefined;
  settings: ProviderSettings;
  serial: number;
}

/** The bytes with which the provider answers a request, with its script's fault in them. */
export function answerCall(parts: CallParts): WirePlan {
  const { fault } = parts;
  try {
    const reply = answer(parts);
    return planReply(reply, fault === undefined || isRefusing(fault) ? undefined : fault);
  } catch (error) {
    if (error instanceof ErrorReply) return planReply(sign(error.reply, parts));
    // A mistake in the fake itself, or a schema that nothing satisfies: the caller gets an answer, the console the cause.
    process.emitWarning(error instanceof Error ? error : String(error));
    return planReply(sign(parts.route.protocol.errors.status(500), parts));
  }
}

function answer(parts: CallParts): Reply {
  const { route, recorded, fault, serial } = parts;
  const { headers, body } = recorded;
  const { protocol } = route;
  if (fault !== undefined && isRefusing(fault)) {
    const refusal = refuse(fault, protocol, headers);
    if (refusal !== undefined) throw new ErrorReply(refusal);
  }
  const endpoint = admit(route, recorded);
  const reply = endpoint.handle({ headers, body, serial, settings: callSettings(parts) });
  return sign(fault?.kind === 'error_in_200' ? hideError(reply, protocol) : reply, parts);
}

function sign(reply: Reply, { route, serial, settings }: CallParts): Reply {
  route.protocol.sign(reply, `req_fake_${serial}`);
  return withQuote(reply, settings.errorQuote);
}

function admit({ protocol, endpoint }: Route, { method, path, headers, body }: RecordedRequest) {
  if (endpoint === undefined) throw new ErrorReply(protocol.errors.unknownRoute(method, path));
  protocol.authenticate(headers);
  if (method === 'POST' && body === undefined) throw new ErrorReply(protocol.errors.unreadableBody());
  return endpoint;
}

function refuse(
  fault: RefusingFault,
  { errors }: Protocol,
  headers: IncomingHttpHeaders,
): JsonReply | undefined {
  switch (fault.kind) {
    case 'status': {
      const reply = errors.status(fault.status);
      if (fault.retryAfter !== undefined) reply.headers['retry-after'] = String(fault.retryAfter);
      if (fault.retryAfterMs !== undefined) reply.headers['retry-after-ms'] = String(fault.retryAfterMs);
      return reply;
    }
    case 'invalid_key':
      return errors.invalidKey(headers);
    case 'context_length':
      return errors.contextLength();
    case 'content_policy':
      return fault.form === 'refusal' ? undefined : errors.contentPolicy();
  }
}

function hideError(reply: Reply, { errors }: Protocol): Reply {
  return reply.kind === 'stream' ? reply : { ...errors.status(500), status: 200 };
}

function callSettings({ script, fault, settings }: CallParts): CallSettings {
  const { answer, usage, chunks } = script;
  return {
    lead: settings.lead,
    emitReasoningContent: settings.emitReasoningContent,
    chunks: chunks ?? settings.chunks,
    answer,
    usage,
    defect: fault && findDefect(fault),
  };
}

function findDefect(fault: Fault): CallSettings['defect'] {
  if (fault.kind === 'empty_answer' && fault.form === 'no_choices') return 'no_choices';
  if (fault.kind === 'content_policy' && fault.form === 'refusal') return 'refusal';
  return undefined;
}
