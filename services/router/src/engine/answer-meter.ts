import type { JsonLimits } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import { JsonLimitError, JsonMeter } from '@weir/service-kit/json-meter';
import { maxTurnLength, measureOverTurns } from '@weir/service-kit/json-reader';
import { invalid } from '../dialects/parse-response.ts';

/** What the answers to all attempts of one request have brought. */
export interface Received {
  /** Decoded. */
  bytes: number;
  /** As a `JsonMeter` counts them. */
  values: number;
}

/** So short a text costs little whatever it holds, in characters. Nearly all events of streams are shorter. */
const shortLength = 1_024;

/**
 * Measures what a provider has sent, before any of it is parsed. Throws `upstream_invalid_response` where it is over the limits. A
 * promise where the text is so long that this takes several turns, and to parse it one of its own.
 */
export function measureAnswer(
  text: string,
  limits: JsonLimits,
  received: Received,
): Promise<void> | undefined {
  if (text.length < shortLength) return undefined;
  const meter = new JsonMeter(limits);
  if (text.length > maxTurnLength) return measureLong(text, meter, received);
  try {
    meter.measure(text);
  } catch (thrown) {
    refuse(thrown);
  } finally {
    received.values += meter.values;
  }
  return undefined;
}

async function measureLong(text: string, meter: JsonMeter, received: Received): Promise<void> {
  try {
    await measureOverTurns(text, meter);
  } catch (thrown) {
    refuse(thrown);
  } finally {
    received.values += meter.values;
  }
}

function refuse(thrown: unknown): never {
  if (thrown instanceof JsonLimitError) throw invalid(`Too much: ${thrown.message}`);
  throw thrown;
}

/** Parses a part of an answer. One that is too much for the stack or our limits is invalid, and no failure of the gateway. */
export function withinLimits<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (thrown) {
    if (thrown instanceof RangeError || thrown instanceof JsonLimitError)
      throw new Fault('upstream_invalid_response', { cause: thrown });
    throw thrown;
  }
}
