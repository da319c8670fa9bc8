import { run } from '@weir/service-kit/run';
import { router } from './service.ts';

await run(router);
