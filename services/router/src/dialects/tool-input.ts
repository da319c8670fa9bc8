import { JsonLimitError } from '@weir/service-kit/json-meter';
import { isJsonObject } from '@weir/service-kit/exact-json';
import { Fault } from '@weir/service-kit/fault';
import { ArgumentsReader } from './tool-arguments.ts';

/** What the caller is told where arguments were mended. */
export const mendedInputWarning =
  'messages[].tool_calls[]: arguments that are no JSON object were sent as one, or as {"_invalid": "..."}';

export interface ToolInput {
  readonly input: Record<string, unknown>;
  readonly isMended: boolean;
}

/** Reads the arguments of the tool calls in a request's history, which may hold only so much together. */
export class ToolInputReader {
  readonly #arguments = new ArgumentsReader();

  /**
   * The arguments of an earlier tool call as the object that other protocols want. Clients replay what a model wrote, so that
   * arguments may be null, cut off, or no object: what cannot be read as one goes on as text. `isMended` says so. Of a call
   * without arguments some hosts make an empty text. Throws a Fault where all of the request's are too much.
   */
  read(json: string): ToolInput {
    if (json.trim() === '') return { input: {}, isMended: false };
    const written = this.#parse(json);
    if (written === null) return { input: {}, isMended: true };
    // Some models write them as JSON twice.
    const input = typeof written === 'string' ? this.#parse(written) : written;
    if (isJsonObject(input)) return { input: { ...input }, isMended: input !== written };
    return { input: { _invalid: json }, isMended: true };
  }

  #parse(json: string): unknown {
    try {
      return this.#arguments.read(json);
    } catch (thrown) {
      if (!(thrown instanceof JsonLimitError)) throw thrown;
      throw new Fault('invalid_request', {
        message: `The arguments of the tool calls in "messages" are too much together: ${thrown.message}.`,
        param: 'messages',
      });
    }
  }
}
