import type { ConditionalPrice, ModelInfo, ModelPrice as PublishedPrice } from '@pydantic/genai-prices';
import { nanoUsdPerToken } from '../domain/prices.ts';
import type { ModelPrice } from '../domain/provider.ts';

/** What a model costs now, in its lowest tier; undefined where text in or out has no published price. */
export function currentPrice({ prices }: Pick<ModelInfo, 'prices'>, nowMs: number): ModelPrice | undefined {
  const current = Array.isArray(prices) ? inForce(prices, nowMs) : prices;
  const input = baseOf(current?.['input_mtok']);
  const output = baseOf(current?.['output_mtok']);
  if (input === undefined || output === undefined) return undefined;
  return { inputNanoUsd: nanoUsdPerToken(input), outputNanoUsd: nanoUsdPerToken(output) };
}

/** The last whose condition holds, else the first: the order in which the table is to be read. */
function inForce(prices: readonly ConditionalPrice[], nowMs: number): PublishedPrice | undefined {
  return (prices.findLast(({ constraint }) => isMet(constraint, nowMs)) ?? prices[0])?.prices;
}

function isMet(constraint: ConditionalPrice['constraint'], nowMs: number): boolean {
  if (constraint === undefined) return true;
  if (constraint.type === 'start_date') return nowMs >= Date.parse(constraint.start_date);
  const [start, end] = [timeOfDayMs(constraint.start_time), timeOfDayMs(constraint.end_time)];
  const time = nowMs % dayMs;
  return end < start ? time >= start || time < end : time >= start && time < end;
}

const dayMs = 86_400_000;

/** Since midnight, UTC, of `16:30:00Z`, or of a time with another offset. */
function timeOfDayMs(text: string): number {
  return Date.parse(`1970-01-02T${text}`) % dayMs;
}

function baseOf(price: PublishedPrice[string]): number | undefined {
  return typeof price === 'object' ? price.base : price;
}
