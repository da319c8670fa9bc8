import { z } from 'zod';

/** Every error over HTTP, in the form that OpenAI's clients expect. */
export const errorResponseSchema = z.object({
  error: z.object({
    /** Public, and a whole sentence. */
    message: z.string(),
    type: z.enum([
      'invalid_request_error',
      'authentication_error',
      'permission_error',
      'rate_limit_error',
      'server_error',
      /** The kinds of OpenAI's own 429s. */
      'insufficient_quota',
      'requests',
      'tokens',
    ]),
    /** From the table in `faults.ts`; a newer gateway may have more. */
    code: z.string(),
    /** The field or header at fault, as `messages[0].content`. */
    param: z.string().nullable(),
    /** With a refusal by a limit: which one, and whom to ask. */
    limit: z
      .object({
        scope: z.string(),
        unit: z.string(),
        window: z.string().nullable(),
        model: z.string(),
        limit: z.string(),
        remaining: z.string(),
        /** RFC 3339; null where waiting does not help. */
        resets_at: z.string().nullable(),
        contact: z.string().nullable(),
      })
      .optional(),
  }),
});

export type ErrorResponse = z.output<typeof errorResponseSchema>;
