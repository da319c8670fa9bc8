import { z } from 'zod';

/**
 * Money inside the gateway: whole billionths of a US dollar. Exact in a double, which Redis' scripts count with, up to 2^53:
 * nine million dollars a counter.
 */
export const nanoUsdSchema = z.int().nonnegative();

/** Nine million dollars: what one counter can hold. */
export const maxUsd = 9_000_000;

/** Money on HTTP, in files and in reports: US dollars as a decimal text, `"0.000123"`, with at most nine decimals. */
export const usdSchema = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,9})?$/, {
    error: 'must be an amount of US dollars as a decimal text, as "12.50", with at most nine decimals',
  })
  .refine((text) => Number(text) <= maxUsd, { error: `must be at most ${maxUsd}` });

/** The same where it may be below zero: of corrections, and of differences. */
export const signedUsdSchema = z.string().regex(/^-?\d+(\.\d{1,9})?$/);
