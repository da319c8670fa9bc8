import { z } from 'zod';

/** Shapes that settings have in common. A problem is told in words that fit behind the variable's name. */
export const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535);

export const milliseconds = z.coerce
  .number({ error: 'must be a number of milliseconds' })
  .int()
  .nonnegative();

export const wholeNumber = z.coerce.number({ error: 'must be a whole number' }).int().nonnegative();
