import { faultTable } from '@weir/contracts/faults';
import type { JsonSchema, Reference } from './json-schemas.ts';

/** The parts of OpenAPI 3.1 that the document uses. */

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export type MediaTypes = Readonly<Record<string, { readonly schema: JsonSchema | Reference }>>;

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: MediaTypes;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: MediaTypes };
  readonly responses: Readonly<Record<string, Response | Reference>>;
  /** An empty list: no key is needed. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-weir-scope'?: string;
}

/** By path and method. */
export type Paths = Record<string, Record<string, Operation>>;

/** Every way in which a virtual key may be sent; one of them is enough. */
export const anyKey = [{ bearer: [] }, { 'x-api-key': [] }, { 'api-key': [] }];

export const adminKey = [{ admin: [] }, { 'x-api-key': [] }, { 'api-key': [] }];

const errorReference: Reference = { $ref: '#/components/responses/Error' };

/** The statuses of faults that this operation may meet, and `default` for all others: they have one form. */
export function errorResponses(statuses: readonly number[]): Record<string, Reference> {
  return Object.fromEntries([...statuses, 'default'].map((status) => [String(status), errorReference]));
}

export const statusOf = (code: keyof typeof faultTable) => faultTable[code].status;
