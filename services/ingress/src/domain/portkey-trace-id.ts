import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';

export const portkeyTraceHeader = 'x-portkey-trace-id';

/** By which id the caller will look for its request; undefined where it has not said. Throws `invalid_header`. */
export function portkeyTraceId(headers: IncomingHttpHeaders): string | undefined {
  const value = headers[portkeyTraceHeader];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[\x20-\x7e]{1,128}$/.test(value)) return value;
  const message = `The header ${portkeyTraceHeader} must be 1 to 128 printable ASCII characters.`;
  throw new Fault('invalid_header', { message, param: portkeyTraceHeader });
}
