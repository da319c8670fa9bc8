import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseOwnJson } from './bounded-json.ts';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

/** The version of Weir; all its packages share one. */
export const { version } = z.object({ version: z.string() }).parse(parseOwnJson(manifest));
