import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Shapes that settings have in common. A problem is told in words that fit behind the variable's name. */
export const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535);

/** A day at most: a timer that is set for longer than 2^31 ms goes off at once. */
export const milliseconds = z.coerce
  .number({ error: 'must be a number of milliseconds' })
  .int()
  .min(0)
  .max(86_400_000);

export const wholeNumber = z.coerce.number({ error: 'must be a whole number' }).int().nonnegative();

/** The content of a file, in place of its name. */
export const fileContent = z.string().transform((file, context) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    context.addIssue({ code: 'custom', message: `cannot be read: ${file}` });
    return z.NEVER;
  }
});
