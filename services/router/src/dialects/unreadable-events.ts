import type { Fault } from '@weir/service-kit/fault';
import type { ResponseContext } from '../domain/dialect.ts';
import { invalid } from './parse-response.ts';

const warning = 'an event of the answer could not be read and was left out';

/**
 * One event of a streamed answer that cannot be read is passed over: whether the answer is whole without it, its end shows. Not
 * where the answer can still come whole from elsewhere. Words in the place of an event, which some hosts send meanwhile, hold
 * nothing of it.
 */
export class UnreadableEvents {
  #hasPassedOver = false;
  #warnings: readonly string[] = [];
  readonly #isContinuable: boolean;

  constructor({ isContinuable }: Pick<ResponseContext, 'isContinuable'>) {
    this.#isContinuable = isContinuable;
  }

  /** Whether something of the answer may be lost. */
  get hasPassedOver(): boolean {
    return this.#hasPassedOver;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Takes note of the event of this text, or throws the Fault that reading it has ended with. */
  passOver(fault: Fault, text: string, hasContent: boolean): void {
    const isRecord = /^\s*[{[]/.test(text);
    const isElsewhere = !hasContent || this.#isContinuable;
    if (fault.code !== 'upstream_invalid_response' || (isRecord && (isElsewhere || this.#hasPassedOver))) {
      throw fault;
    }
    this.#hasPassedOver ||= isRecord;
    this.#warnings = [warning];
  }

  /** At the answer's end. Throws where it is not whole without what was passed over. */
  assertWhole(isWhole: boolean): void {
    if (this.#hasPassedOver && !isWhole) throw invalid('An event cannot be read');
  }
}
