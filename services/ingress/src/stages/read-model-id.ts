import { parseOrFault } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import type { ModelArrival } from './arrival.ts';
import type { Stage } from './stage.ts';

export interface ModelNamed {
  readonly modelId: string;
}

const paramsSchema = z.object({ '*': z.string() });

/** Which model the path names. */
export const readModelId: Stage<ModelArrival, ModelNamed> = ({ params }, next) => {
  const { '*': modelId } = parseOrFault(paramsSchema, params, { prefix: 'The path is not valid: ' });
  return next({ modelId });
};
