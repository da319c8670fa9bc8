import { run } from '@weir/service-kit/run';
import { keys } from './service.ts';

await run(keys);
