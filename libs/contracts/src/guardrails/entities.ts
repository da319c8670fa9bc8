import { z } from 'zod';

/** The kinds of personal data, and of secrets, by the names that policies, findings, placeholders and metrics use. */
export const entities = [
  'email',
  'phone',
  'cccd',
  'cmnd',
  'mst',
  'bhxh',
  'bhyt',
  'passport',
  'driving_licence',
  'plate',
  'bank_account',
  'bank_card',
  'iban',
  'us_ssn',
  'ip_address',
  'secret',
  'date_of_birth',
  'address',
  'person_name',
] as const;

export const entitySchema = z.enum(entities);

export type Entity = z.output<typeof entitySchema>;

/** A finding of tier 1 proves itself by its form; one of tier 2 needs words around it at the level `balanced`. */
export type Tier = 1 | 2;

/** How much proof a finding of tier 2 needs: words around it that name the thing, or none. */
export const levelSchema = z.enum(['balanced', 'strict']);

export type Level = z.output<typeof levelSchema>;
