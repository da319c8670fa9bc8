import { Fault } from '@weir/service-kit/fault';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import type { z, ZodType } from 'zod';
import { parseJsonBody } from '../../domain/json-body.ts';
import type { AdminArrival } from '../arrival.ts';
import type { Stage } from '../stage.ts';

export interface InputRead<Schema extends ZodType> {
  readonly input: z.output<Schema>;
}

interface InputOptions {
  /** Where it is less than what every body may have. */
  maxBytes?: number;
}

/** What the body says. */
export const readInput =
  <Schema extends ZodType>(
    schema: Schema,
    { maxBytes = Infinity }: InputOptions = {},
  ): Stage<AdminArrival, InputRead<Schema>> =>
  ({ body }, next) => {
    if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
    if (body.length > maxBytes) {
      throw new Fault('body_too_large', { message: `The body is larger than ${maxBytes / 1024} KiB.` });
    }
    return next({ input: parseOrFault(schema, parseJsonBody(body)) });
  };
