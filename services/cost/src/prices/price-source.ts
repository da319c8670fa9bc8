import { priceListSchema, type PriceList } from '@weir/contracts/cost/price-list';
import { answerJsonLimits, type JsonLimits } from '@weir/contracts/limits';
import { fromGenaiPrices, genaiPricesSchema } from '@weir/pricing/genai-prices';
import { withOverlays } from '@weir/pricing/price-overlays';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import { Fault } from '@weir/service-kit/fault';
import type { GuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';

/** Thousands of models, with the conditions and prices of each. */
const priceListJsonLimits: JsonLimits = { ...answerJsonLimits, maxValues: 500_000 };

/** Where prices are synced from. */
export interface PriceSource {
  readonly url: string;
  /** Rejects with a fault that says what is wrong there. */
  read(): Promise<PriceList>;
}

/** A document of prices behind a URL: genai-prices' data, or what another gateway has exported. */
export function createPriceSource({
  url,
  fetch,
}: {
  readonly url: string;
  readonly fetch: GuardedFetch;
}): PriceSource {
  return {
    url,
    async read() {
      const answer = await fetch(url, { headers: { accept: 'application/json' } });
      if (!answer.ok) throw invalidSource(`WEIR_PRICES_URL answers with status ${answer.status}.`);
      return parsePriceList(await answer.text(), url);
    },
  };
}

/** genai-prices' data is a list of providers, and an export is not. */
function parsePriceList(text: string, source: string): PriceList {
  const json = parseJson(text);
  const isGenai = Array.isArray(json);
  const parsed = isGenai ? genaiPricesSchema.safeParse(json) : priceListSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    throw invalidSource(
      `What WEIR_PRICES_URL answers is no list of prices: ${place} ${issue?.message ?? ''}`,
    );
  }
  return Array.isArray(parsed.data) ? withOverlays(fromGenaiPrices(parsed.data, source)) : parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text, priceListJsonLimits);
  } catch (error) {
    throw invalidSource('What WEIR_PRICES_URL answers is not JSON.', error);
  }
}

function invalidSource(message: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid_response', { message, cause });
}
