import { run } from '@weir/service-kit/run';
import { cache } from './service.ts';

await run(cache);
