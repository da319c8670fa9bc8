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
