import { parseArgs } from 'node:util';
import { z } from 'zod';

const optionsSchema = z.object({
  /** Run only the groups of measures whose name begins with this. */
  only: z.string().optional(),
  /** How long each run of a load lasts. */
  seconds: z.coerce.number().positive().default(8),
  /** Where to write the report as JSON. */
  report: z.string().optional(),
});

export type Options = z.output<typeof optionsSchema>;

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, seconds: { type: 'string' }, report: { type: 'string' } },
  });
  return optionsSchema.parse(values);
}
