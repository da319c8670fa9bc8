import { run } from '@weir/service-kit/run';
import { cost } from './service.ts';

await run(cost);
