import { virtualKeyForm } from '@weir/contracts/keys/verification';
import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { joinSchemas } from '@weir/service-kit/joined-schemas';
import { z } from 'zod';

export const settingsSchema = z.object({
  /** The first virtual key, of organisation `default`: made where no key of its id was ever there. */
  WEIR_FIRST_KEY: z
    .string()
    .trim()
    .regex(virtualKeyForm, {
      error:
        'must be sk-weir-<8 lower case letters or digits>-<32 random bytes in base64url>, as `npm start` makes it',
    })
    .meta({ secret: true })
    .optional(),
  /** How much of what admins change is kept for those who follow it; the audit log itself has no limit. */
  WEIR_AUDIT_STREAM_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(268_435_456),
});

/** The schemas whose variables the service reads. */
export const configSchemas = [settingsSchema, masterKeysConfigSchema, databaseConfigSchema] as const;

export const configSchema = joinSchemas({
  settings: settingsSchema,
  masterKeys: masterKeysConfigSchema,
  database: databaseConfigSchema,
}).transform(({ settings, masterKeys, database }) => ({
  firstKey: settings.WEIR_FIRST_KEY,
  auditStreamMaxBytes: settings.WEIR_AUDIT_STREAM_MAX_BYTES,
  masterKeys,
  database,
}));

export type KeysConfig = z.output<typeof configSchema>;
