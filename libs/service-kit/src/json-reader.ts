import type { JsonLimits } from '@weir/contracts/limits';
import { JsonLimitError, JsonMeter } from './json-meter.ts';
import { nextTurn } from './event-loop.ts';
import { parseWithLongNumbers } from './exact-json.ts';

/** How much is measured in one turn of the event loop, in characters: a millisecond's work, and more than nearly every request has. */
export const maxTurnLength = 256 * 1024;

/** What holds more is large too: to parse and to judge so many takes some milliseconds. */
const maxQuickValues = 5_000;

interface Reading<Result> {
  readonly limits: JsonLimits;
  /** Makes of the value what it is read for. Told too of how many brackets, keys and values it consists. */
  readonly judge: (value: unknown, values: number) => Result;
}

/**
 * Reads JSON that comes from outside, and holds the event loop of its process for some milliseconds at the most. What is
 * small is read at once. What is large is measured over several turns of the event loop, parsed in one and judged in one, and one text
 * after the other: many that come together do not add up to a standstill.
 */
export class JsonReader {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * What `judge` makes of the value. Rejects with what it throws; before, with a {@link JsonLimitError} where the text is over
   * the limits, and with a SyntaxError where it is no JSON.
   */
  async read<Result>(json: Uint8Array, { limits, judge }: Reading<Result>): Promise<Result> {
    const meter = new JsonMeter(limits);
    if (json.length > maxTurnLength) {
      return this.#alone(async () => judge(await parseOverTurns(json, meter), meter.values));
    }
    const text = textOf(json);
    meter.measure(text);
    const parse = () => parseWithLongNumbers(text, meter.longNumberPlaces);
    if (meter.values <= maxQuickValues) return judge(parse(), meter.values);
    return this.#alone(async () => {
      const value = parse();
      await nextTurn();
      return judge(value, meter.values);
    });
  }

  /** The same; a text that is over the limits or no JSON is judged as undefined. */
  async tryRead<Result>(json: Uint8Array, reading: Reading<Result>): Promise<Result> {
    try {
      return await this.read(json, reading);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return reading.judge(undefined, 0);
    }
  }

  /** Does it once all that was begun before is over, in a turn of its own. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => nextTurn()).then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Whether a text was refused, and not what it says. */
export const isUnreadable = (error: unknown): error is Error =>
  error instanceof SyntaxError || error instanceof JsonLimitError;

async function parseOverTurns(json: Uint8Array, meter: JsonMeter): Promise<unknown> {
  const text = textOf(json);
  await measureOverTurns(text, meter);
  const value = parseWithLongNumbers(text, meter.longNumberPlaces);
  await nextTurn();
  return value;
}

/** Measures a long text, and resolves in a turn of its own in which it may be parsed. Rejects with a {@link JsonLimitError}. */
export async function measureOverTurns(text: string, meter: JsonMeter): Promise<void> {
  for (let from = 0; from < text.length; from += maxTurnLength) {
    meter.measure(text, from, Math.min(from + maxTurnLength, text.length));
    await nextTurn();
  }
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString();
