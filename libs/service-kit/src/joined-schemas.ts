import { recordOf } from '@weir/contracts/collections';
import { z, type ZodType } from 'zod';

/**
 * One schema of several that each read the same environment: the parts by their names, or the problems of all of them at once.
 */
export function joinSchemas<Parts extends Readonly<Record<string, ZodType>>>(parts: Parts) {
  return recordOf(z.string(), z.unknown()).transform((environment, context) => {
    const joined: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(parts)) {
      const { data, error } = schema.safeParse(environment);
      joined[name] = data;
      for (const { path, message } of error?.issues ?? [])
        context.addIssue({ code: 'custom', path, message, input: environment });
    }
    return joined as { [Name in keyof Parts]: z.output<Parts[Name]> };
  });
}
