import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { errorsPage } from './errors-page.ts';

const file = new URL('../../../docs/errors.md', import.meta.url);
writeFileSync(file, await format(errorsPage(), { ...(await resolveConfig(file)), parser: 'markdown' }));
