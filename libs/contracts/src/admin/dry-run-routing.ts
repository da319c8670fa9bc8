import { z } from 'zod';
import { chatRequestSchema } from '../chat/request.ts';
import { arrayOf } from '../collections.ts';
import { givenMetadataSchema } from '../envelope.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { anyConfigSchema, configNameSchema } from './routing-configs.ts';

const targetSchema = z.object({
  /** Where it stands in the config: `targets[0].targets[1]`; `config` where the config is a single target. */
  path: z.string(),
  target: z.string(),
  provider: z.string(),
  model: z.string(),
  /** Why it has this place, or none: a whole sentence. */
  reason: z.string(),
});

/** Which targets would take a request, in which order, and why. Nothing is sent. */
export const dryRunRouting = adminEndpoint('router.dry-run-routing', {
  request: z.object({
    /** As in an envelope: a stored config's name, or a config, sealed. */
    config: z.string().optional(),
    metadata: givenMetadataSchema.optional(),
    /** A chat request, which needs no messages. */
    request: chatRequestSchema.partial({ messages: true }),
  }),
  reply: z.object({
    /** The stored config's name, `inline`, or null where the model's name alone decides. */
    config: z.string().nullable(),
    /** The model's name after aliases. */
    model: z.string(),
    /** The first would be asked first; the others, in this order, when those before them fail. */
    targets: arrayOf(targetSchema),
    passed_over: arrayOf(targetSchema),
    warnings: arrayOf(z.string()),
  }),
  timeoutMs: 5_000,
  http: {
    method: 'POST',
    path: '/dry-run/routing',
    scope: 'configs',
    summary: 'Tell which target would take a request, and why',
    description: 'Nothing is sent to a provider. `config` is the name of a stored config, or a config.',
    sealed: {
      field: 'config',
      as: 'config',
      schema: z.union([configNameSchema, anyConfigSchema]).optional(),
      isTextName: true,
    },
  },
});
