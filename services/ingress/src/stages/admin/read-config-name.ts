import { configNameSchema } from '@weir/contracts/routing/admin';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import type { AdminArrival } from '../arrival.ts';
import type { Stage } from '../stage.ts';

export interface ConfigNamed {
  readonly name: string;
}

const paramsSchema = z.object({ name: configNameSchema });

/** Which stored config the path names. */
export const readConfigName: Stage<AdminArrival, ConfigNamed> = ({ params }, next) =>
  next(parseOrFault(paramsSchema, params, { prefix: 'The path is not valid: ' }));
