import { expect, test } from 'vitest';
import { z } from 'zod';
import { isSetting, settingsOf } from './settings.ts';

test('the settings of a service are the fields of its schema, with their defaults and which of them are secret', () => {
  const schema = z
    .object({
      WEIR_PORT: z.coerce.number().default(8080),
      WEIR_HOSTS: z.array(z.string()).default([]),
      WEIR_ADMIN_KEY: z.string().meta({ secret: true }).optional(),
    })
    .transform((env) => ({ port: env.WEIR_PORT }));
  expect(settingsOf(schema, z.object({ OTHER: z.string() }))).toEqual([
    { name: 'WEIR_PORT', secret: false, defaultValue: '8080' },
    { name: 'WEIR_HOSTS', secret: false, defaultValue: '' },
    { name: 'WEIR_ADMIN_KEY', secret: true, defaultValue: undefined },
    { name: 'OTHER', secret: false, defaultValue: undefined },
  ]);
});

test('a schema that does not tell what it reads is an error, and not a service without settings', () => {
  expect(() => settingsOf(z.record(z.string(), z.string()))).toThrow('only where it is an object');
});

test('a name with a star stands for all variables that fit it', () => {
  const [setting] = settingsOf(z.object({ '*_API_KEY': z.string() }));
  expect(
    ['ACME_API_KEY', 'ACME_API_KEYS', 'ACME'].map((name) => setting && isSetting(setting, name)),
  ).toEqual([true, false, false]);
});
