import { run } from '@weir/service-kit/run';
import { ingress } from './service.ts';
await run(ingress);
