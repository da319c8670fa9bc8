import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as GenaiPrices from '@pydantic/genai-prices';
import { fromGenaiPrices, genaiPricesSchema } from '../src/genai-prices.ts';
import { withOverlays } from '../src/price-overlays.ts';
import { priceListSchema, type PriceList } from '@weir/contracts/cost/price-list';

const require = createRequire(import.meta.url);
const name = '@pydantic/genai-prices';

/** The text of `data/prices.json`, as it is made of the package that is installed: a line for each model. */
export async function makeSeedText(): Promise<string> {
  const published = await (require(name) as typeof GenaiPrices).waitForUpdate();
  const list = fromGenaiPrices(genaiPricesSchema.parse(published), `${name} ${installedVersion()}`);
  return toText(priceListSchema.parse(withOverlays(list)));
}

function installedVersion(): string {
  const file = join(dirname(require.resolve(name)), '../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function toText({ source, providers }: PriceList): string {
  const blocks = Object.entries(providers).map(([name, { models, ...provider }]) => {
    const head = JSON.stringify({ ...provider, models: {} }).slice(0, -2);
    const lines = Object.entries(models).map(
      ([id, model]) => `${JSON.stringify(id)}:${JSON.stringify(model)}`,
    );
    return `${JSON.stringify(name)}:${head}\n${lines.join(',\n')}\n}}`;
  });
  return `{"source":${JSON.stringify(source)},"providers":{\n${blocks.join(',\n')}\n}}\n`;
}
