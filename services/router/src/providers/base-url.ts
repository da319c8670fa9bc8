import { z } from 'zod';

/** An http(s) URL without credentials, query or fragment, and without a slash at its end. */
export const baseUrlSchema = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text) && isBare(new URL(text)), {
    error: 'must be an http(s) URL without user, password, query or fragment',
  })
  .transform((text) => text.replace(/\/+$/, ''));

function isBare({ username, password, search, hash }: URL): boolean {
  return username === '' && password === '' && search === '' && hash === '';
}
