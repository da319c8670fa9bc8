import { z } from 'zod';
import { accessPolicySchema } from '../access-policy.ts';
import { bucket, type ValueOf } from '../bucket.ts';
import { cacheModeSchema } from '../cache/rules.ts';
import { arrayOf, recordOf } from '../collections.ts';
import { endpoint, event } from '../descriptors.ts';
import { callerSchema } from '../envelope.ts';

/** The public id of a key: it is part of the key itself. */
export const keyIdSchema = z.string().regex(/^[a-z0-9]{8}$/, {
  error: 'must be the id of a key: 8 lower case letters and digits',
});

/** `sk-weir-<id>-<32 random bytes in base64url>`, as callers send it. */
export const virtualKeyForm = /^sk-weir-([a-z0-9]{8})-([\w-]{43})$/;

/** `weir-admin-<id>-<32 random bytes in base64url>`, as admins send it. */
export const adminKeyForm = /^weir-admin-([a-z0-9]{8})-([\w-]{43})$/;

/** One of the secrets by which a key is accepted: there are several while a rotation's grace period lasts. */
const secretSchema = z.strictObject({
  /** HMAC-SHA-256 of the whole key under the verification key, in base64url. */
  digest: z.string(),
  /** Unix time in milliseconds after which it is not accepted; absent for the newest. */
  validUntilMs: z.int().optional(),
});

/**
 * What it takes to verify a virtual key, and what it may do. Keys that are revoked or deleted are not there. As in all that
 * allows or forbids something, a field that is not known makes it unreadable: a newer version may forbid something by it.
 */
export const virtualKeyRecordSchema = z.strictObject({
  organisation: z.string(),
  caller: callerSchema,
  secrets: arrayOf(secretSchema),
  /** Which verification key the digests were made with. */
  verificationKeyId: z.string(),
  /** Unix time in milliseconds. */
  expiresAtMs: z.int().optional(),
  access: accessPolicySchema,
  /** The stored routing config that its requests take where they name none. */
  config: z.string().optional(),
  guardrailPolicy: z.string().optional(),
  /** What the cache may do for requests that do not say themselves. */
  cache: cacheModeSchema.optional(),
  /** Addresses and networks (CIDR) that its requests may come from. */
  addresses: arrayOf(z.string()).optional(),
  /** Goes before what requests say of themselves. */
  metadata: recordOf(z.string(), z.string()).optional(),
});

export type VirtualKeyRecord = z.output<typeof virtualKeyRecordSchema>;

/** Every virtual key that is live, by its public id: a projection of the keys service's tables. */
export const virtualKeys = bucket('virtual-keys', {
  value: virtualKeyRecordSchema,
  sharedFields: ['access', 'addresses', 'config', 'metadata', 'organisation', 'verificationKeyId'],
  history: 1,
  storage: 'file',
});

/**
 * What holds for all keys of an organisation, team or user, by `organisation.<id>`, `team.<id>` and `user.<id>`. There is an
 * entry for each.
 */
export const tenants = bucket('tenants', {
  value: z.strictObject({
    /** None of its keys is accepted. */
    suspended: z.boolean(),
    /** Whose team or user it is. */
    organisation: z.string().optional(),
    /** Holds beside the key's own. */
    access: accessPolicySchema.optional(),
    /** Of organisations: in which their days and months begin. One without it has UTC. */
    timeZone: z.string().optional(),
    /** Of organisations: the guardrail policy that the requests of all their keys have to pass. */
    guardrailPolicy: z.string().optional(),
  }),
  history: 1,
  storage: 'file',
});

export type TenantRecord = ValueOf<typeof tenants>;

/** Every admin key that is live, by its public id. */
export const adminKeys = bucket('admin-keys', {
  value: z.strictObject({
    digest: z.string(),
    verificationKeyId: z.string(),
    /** `adminScopes`; one that a newer service added means nothing to an older. */
    scopes: arrayOf(z.string()),
    /** The one organisation that it reaches; without it, all of them. */
    organisation: z.string().optional(),
    expiresAtMs: z.int().optional(),
  }),
  history: 1,
  storage: 'file',
});

export type AdminKeyRecord = ValueOf<typeof adminKeys>;

/**
 * The key of the HMACs in which secrets are kept. It crosses the bus sealed to the requester's curve key, and whoever
 * verifies keys holds it in memory alone.
 */
export const verificationKey = endpoint('keys.verification-key', {
  request: z.object({ publicKey: z.string() }),
  reply: z.object({ id: z.string(), sealedKey: z.string() }),
  timeoutMs: 2_000,
  isIdempotent: true,
  share: 'operations',
});

/** What the database says of a virtual key that a copy does not know, or not with this secret. */
export const verifyKey = endpoint('keys.verify', {
  request: z.object({ keyId: keyIdSchema }),
  reply: z.object({
    /** Null where there is no such key, or none that is live; also where one of its tenants is suspended. */
    key: virtualKeyRecordSchema.nullable(),
    /** Those of its tenants. */
    policies: arrayOf(accessPolicySchema),
    /** Its organisation's. */
    guardrailPolicy: z.string().optional(),
  }),
  timeoutMs: 2_000,
  isIdempotent: true,
});

/** The same of an admin key. */
export const verifyAdminKey = endpoint('keys.verify-admin', {
  request: z.object({ keyId: keyIdSchema }),
  reply: z.object({ key: adminKeys.value.nullable() }),
  timeoutMs: 2_000,
  isIdempotent: true,
  share: 'operations',
});

/** Somebody has sent keys that are not valid: every ingress counts them, so that guessing is slowed down by all of them. */
export const authenticationFailed = event('authentication.failed', {
  data: z.object({
    /** The ingress instance that tells. */
    instance: z.string(),
    /** The client's address. */
    address: z.string(),
    /** That was named, if it was one. */
    keyId: z.string().optional(),
  }),
});
