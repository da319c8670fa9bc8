import { run } from '@weir/service-kit/run';
import { z } from 'zod';
import { double } from './contracts.ts';

/** A service as small as one can be, run in a process of its own to try the kit's run(). */
await run({
  name: 'router',
  description: 'doubles',
  config: z.object({
    SAMPLE_DELAY_MS: z.coerce.number().int().nonnegative(),
    SAMPLE_NAME: z.string().default('sample'),
  }),
  async start({ bus, config }) {
    bus.serve(double, async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, config.SAMPLE_DELAY_MS));
      return { value: data.value * 2 };
    });
    return {};
  },
});
