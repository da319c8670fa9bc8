import { serviceManifest } from '@weir/contracts/service-manifest';
import { run } from '@weir/service-kit/run';
import { z } from 'zod';
import { count, double } from '@weir/testkit/conformance/contracts';

const stream = process.env['SAMPLE_STREAM'];

/** A service as small as one can be, run in a process of its own to try the kit's run(). */
await run({
  manifest: serviceManifest({
    name: 'router',
    description: 'doubles',
    serves: process.env['SAMPLE_PROMISES'] === 'too much' ? [double, count] : [double],
    streams: stream === undefined ? [] : [{ name: stream, subjects: ['weir.v1.usage.>'] }],
  }),
  config: z.object({
    SAMPLE_DELAY_MS: z.coerce.number().int().nonnegative(),
    SAMPLE_NAME: z.string().default('sample'),
    /** A stream without which it does not start. */
    SAMPLE_STREAM: z.string().optional(),
  }),
  async start({ bus, config }) {
    const { SAMPLE_STREAM: name } = config;
    if (name !== undefined)
      await bus.ensureStream({ name, subjects: ['weir.v1.usage.>'], maxBytes: 1_000_000 });
    bus.serve(double, async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, config.SAMPLE_DELAY_MS));
      return { value: data.value * 2 };
    });
    return {};
  },
});
