import type { FaultCode } from '@weir/contracts/faults';

interface AdminApiErrorParts {
  readonly message: string;
  readonly code: string;
  readonly status: number;
  readonly param?: string | null;
  readonly requestId: string | undefined;
  readonly cause?: unknown;
}

/** The codes that are known today, and any that a newer gateway may send. */
type AdminErrorCode = FaultCode | 'unexpected_response' | (string & Record<never, never>);

/** A call that the gateway has answered, but not with what was asked for. */
export class AdminApiError extends Error {
  override readonly name = 'AdminApiError';
  /** From the gateway's table of faults; `unexpected_response` where what came is not the admin API's. */
  readonly code: AdminErrorCode;
  /** The HTTP status. */
  readonly status: number;
  /** The field or header at fault. */
  readonly param: string | undefined;
  /** Under which the gateway's log tells more. */
  readonly requestId: string | undefined;

  constructor({ message, code, status, param, requestId, cause }: AdminApiErrorParts) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.param = param ?? undefined;
    this.requestId = requestId;
  }
}
