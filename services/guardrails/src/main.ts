import { run } from '@weir/service-kit/run';
import { guardrails } from './service.ts';

await run(guardrails);
