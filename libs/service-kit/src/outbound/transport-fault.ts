import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '../fault.ts';
import { ownShortage, systemCode } from '../own-shortage.ts';
import { errors } from 'undici';

/** What the errors of undici and of Node's sockets mean, whenever they come. */
const codes: Readonly<Record<string, FaultCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream_unreachable',
  ECONNREFUSED: 'upstream_unreachable',
  ENOTFOUND: 'upstream_unreachable',
  EHOSTUNREACH: 'upstream_unreachable',
  ENETUNREACH: 'upstream_unreachable',
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  UND_ERR_HEADERS_OVERFLOW: 'upstream_invalid_response',
  // Ours: a request that cannot be sent as it is.
  UND_ERR_INVALID_ARG: 'internal_error',
};

/** Where in its life a call was. A connection that breaks means one thing before an answer, and another within it. */
export type CallPhase = 'asking' | 'answering';

const codeOfBreak: Readonly<Record<CallPhase, FaultCode>> = {
  // A connection refused by TLS, or closed without a word.
  asking: 'upstream_unreachable',
  answering: 'upstream_stream_cut',
};

/**
 * Whatever a call to a provider has thrown, as a fault. A Fault, as the reason of an abort is, stays what it is; what has
 * no system code is nobody's but ours, and so is what this process or its host lacks.
 */
export function transportFault(thrown: unknown, phase: CallPhase): Fault {
  if (thrown instanceof Fault) return thrown;
  if (isMalformed(thrown)) return new Fault('upstream_invalid_response', { cause: thrown });
  if (ownShortage(thrown)) return new Fault('resource_exhausted', { retryAfterMs: 1_000, cause: thrown });
  const code = systemCode(thrown);
  if (code === undefined) return Fault.from(thrown);
  return new Fault(codes[code] ?? codeOfBreak[phase], { cause: thrown });
}

/**
 * Whether what came is no HTTP, or none that was asked for: a `100 Continue`, which the router skips, or an upgrade. Undici tells the latter from a
 * connection that broke by the message alone.
 */
function isMalformed(thrown: unknown): boolean {
  if (thrown instanceof errors.HTTPParserError) return true;
  return thrown instanceof errors.SocketError && /^bad (response|upgrade)$/.test(thrown.message);
}
