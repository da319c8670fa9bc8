import type { JsonLimits } from '@weir/contracts/limits';
import { JsonLimitError, JsonMeter } from '@weir/service-kit/bounded-json';
import { nextTurn } from '@weir/service-kit/turns';
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

/** How much is measured in one turn, in characters. */
const turnLength = 256 * 1024;

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
  if (text.length > turnLength) return measureInTurns(text, meter, received);
  measurePart(text, 0, meter, received);
  return undefined;
}

async function measureInTurns(text: string, meter: JsonMeter, received: Received): Promise<void> {
  for (let from = 0; from < text.length; from += turnLength) {
    measurePart(text, from, meter, received);
    await nextTurn();
  }
}

function measurePart(text: string, from: number, meter: JsonMeter, received: Received): void {
  const valuesBefore = meter.values;
  try {
    meter.measure(text, from, Math.min(text.length, from + turnLength));
  } catch (thrown) {
    if (thrown instanceof JsonLimitError) throw invalid(`Too much: ${thrown.message}`);
    throw thrown;
  } finally {
    received.values += meter.values - valuesBefore;
  }
}
