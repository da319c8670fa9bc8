import { faultTable, type FaultCode, type FaultData, type FaultOwner } from '@weir/contracts/faults';

type Details = Omit<FaultData, 'code' | 'message'>;

interface FaultOptions extends Partial<Details> {
  /** Public: it must hold no key, no stack and no upstream's text as it came. Without it, the table's text is used. */
  message?: string;
  /** For the log only. */
  cause?: unknown;
}

/** A failure with a code from the one table. Its message is public, its cause is for the log. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly details: Details;

  constructor(code: FaultCode, { message, cause, ...details }: FaultOptions = {}) {
    super(message ?? faultTable[code].message, { cause });
    this.code = code;
    this.details = details;
  }

  /** The HTTP status that a caller sees. */
  get status(): number {
    return faultTable[this.code].status;
  }

  /** Whether the same request may succeed when it is sent again. */
  get retryable(): boolean {
    return faultTable[this.code].retryable;
  }

  /** How long its caller is asked to wait before it tries again. */
  get retryAfterMs(): number | undefined {
    return this.details.retryAfterMs ?? faultTable[this.code].retryAfterMs;
  }

  get owner(): FaultOwner {
    return faultTable[this.code].owner;
  }

  /** The fault as it crosses the bus. */
  toData(): FaultData {
    return { code: this.code, message: this.message, ...this.details };
  }

  static fromData({ code, message, ...details }: FaultData): Fault {
    return new Fault(code, { message, ...details });
  }

  /** Whatever was thrown, as a fault: what nobody foresaw is an internal error with the throw as its cause. */
  static from(thrown: unknown): Fault {
    return thrown instanceof Fault ? thrown : new Fault('internal_error', { cause: thrown });
  }
}
