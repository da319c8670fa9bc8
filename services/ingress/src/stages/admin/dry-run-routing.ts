import { configNameSchema } from '@weir/contracts/routing/admin';
import { dryRunRouting } from '@weir/contracts/routing/insight';
import type { Bus } from '@weir/service-kit/bus/bus';
import { z } from 'zod';
import { askSealed } from '../../domain/ask-sealed.ts';
import { givenMetadataSchema } from '../../domain/request-metadata.ts';
import type { SealingKey } from '../../domain/sealing-key.ts';
import type { AdminArrival, Identified } from '../arrival.ts';
import type { Handler } from '../stage.ts';
import type { InputRead } from './read-input.ts';

export const dryRunSchema = z.strictObject({
  /** A stored config's name, or a config. */
  config: z.union([configNameSchema, z.record(z.string(), z.unknown())]).optional(),
  metadata: givenMetadataSchema.optional(),
  /** A chat request, which needs no messages. */
  request: dryRunRouting.request.shape.chat,
});

interface DryRunParts {
  bus: Bus;
  sealingKey: SealingKey;
}

/** Which target would take a request, and why. Nothing is sent to a provider. */
export const dryRun =
  ({ bus, sealingKey }: DryRunParts): Handler<AdminArrival & Identified & InputRead<typeof dryRunSchema>> =>
  async ({ answer, envelope, input }) => {
    const { config, metadata, request: chat } = input;
    const ask = (named: string | undefined) =>
      bus.request(dryRunRouting, { chat, config: named, metadata }, envelope);
    const reply =
      typeof config === 'object'
        ? await askSealed({ text: JSON.stringify(config), envelope, sealingKey, ask })
        : await ask(config);
    answer.json(200, JSON.stringify(reply));
  };
