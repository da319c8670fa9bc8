import type { JsonLimits } from '@weir/contracts/limits';
import { parseWithLongNumbers } from './exact-json.ts';
import { JsonMeter } from './json-meter.ts';

/**
 * Parses JSON that comes from outside, and keeps the digits of its integers (see `parseExactJson`). Throws a
 * `JsonLimitError` before it builds anything where it is over the limits, and as `JSON.parse` does where it is no JSON.
 */
export function parseBoundedJson(text: string, limits: JsonLimits): unknown {
  const meter = new JsonMeter(limits);
  meter.measure(text);
  return parseWithLongNumbers(text, meter.longNumberPlaces);
}

/** The same, or undefined where the text is over the limits or no JSON. */
export function tryParseBoundedJson(text: string, limits: JsonLimits): unknown {
  try {
    return parseBoundedJson(text, limits);
  } catch {
    return undefined;
  }
}

/**
 * Parses JSON from outside that was measured before, as what a provider has sent is before its dialect reads it, or that is one string
 * and nothing else. It does not keep the digits of long integers: `parseExactJson` does. Throws as `JSON.parse` does.
 */
export function parseMeasuredJson(text: string): unknown {
  return JSON.parse(text);
}

/**
 * Parses JSON that Weir, or whoever runs it, has written, where nobody else can write: a row of its database, a text that it has sealed,
 * a file of its own. It has no limits, and does not keep the digits of long integers. Throws as `JSON.parse` does.
 */
export function parseOwnJson(text: string): unknown {
  return JSON.parse(text);
}

/** Throws a `JsonLimitError` where the text is over the limits. */
export function checkJsonLimits(text: string, limits: JsonLimits): void {
  // So short that it can hold no more than each of the limits allows.
  if (text.length < limits.maxDepth) return;
  new JsonMeter(limits).measure(text);
}
