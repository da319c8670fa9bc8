import { writeFileSync } from 'node:fs';
import { makeSeedText } from './seed-text.ts';

/** After another version of `@pydantic/genai-prices` is installed: `node libs/pricing/scripts/write-seed.ts`. */
writeFileSync(new URL('../data/prices.json', import.meta.url), await makeSeedText());
