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
    ]),
    /** From the table in `faults.ts`; a newer gateway may have more. */
    code: z.string(),
    /** The field or header at fault, as `messages[0].content`. */
    param: z.string().nullable(),
  }),
});

export type ErrorResponse = z.output<typeof errorResponseSchema>;
