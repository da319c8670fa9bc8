import { deleteConfig, rollBackConfig, writeConfig } from '@weir/contracts/routing/admin';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Logger } from '@weir/service-kit/logger';
import { z } from 'zod';
import { askSealed } from '../../domain/ask-sealed.ts';
import { entityTag } from '../../domain/entity-tag.ts';
import type { SealingKey } from '../../domain/sealing-key.ts';
import type { Answer } from '../../http/answer.ts';
import type { AdminArrival, Identified } from '../arrival.ts';
import type { Handler } from '../stage.ts';
import type { ConfigNamed } from './read-config-name.ts';
import type { Expecting } from './read-expectation.ts';
import type { InputRead } from './read-input.ts';

interface ChangeParts {
  bus: Bus;
  logger: Logger;
}

type ConfigChange = AdminArrival & Identified & ConfigNamed & Expecting;

/** The config itself; what it may say is the router's to judge. */
export const configSchema = z.record(z.string(), z.unknown());

export const rollbackSchema = z.strictObject({ revision: z.int().positive() });

/** The config crosses the bus sealed, since it may hold keys. */
export const putConfig =
  ({
    bus,
    logger,
    sealingKey,
  }: ChangeParts & { sealingKey: SealingKey }): Handler<ConfigChange & InputRead<typeof configSchema>> =>
  async ({ answer, envelope, expectedRevision, input, name }) => {
    const record = await askSealed({
      text: JSON.stringify(input),
      envelope,
      sealingKey,
      ask: (sealedConfig) => bus.request(writeConfig, { name, sealedConfig, expectedRevision }, envelope),
    });
    audit(logger, answer, { action: 'config.write', name, revision: record.revision });
    answer.json(200, JSON.stringify(record), ['etag', entityTag(record.revision)]);
  };

export const removeConfig =
  ({ bus, logger }: ChangeParts): Handler<ConfigChange> =>
  async ({ answer, envelope, expectedRevision, name }) => {
    const reply = await bus.request(deleteConfig, { name, expectedRevision }, envelope);
    audit(logger, answer, { action: 'config.delete', name });
    answer.json(200, JSON.stringify(reply));
  };

export const restoreConfig =
  ({ bus, logger }: ChangeParts): Handler<ConfigChange & InputRead<typeof rollbackSchema>> =>
  async ({ answer, envelope, expectedRevision, input, name }) => {
    const change = { name, revision: input.revision, expectedRevision };
    const record = await bus.request(rollBackConfig, change, envelope);
    audit(logger, answer, { action: 'config.rollback', name, revision: record.revision });
    answer.json(200, JSON.stringify(record), ['etag', entityTag(record.revision)]);
  };

interface Change {
  action: string;
  name: string;
  /** The one that it has made. */
  revision?: number;
}

/** Who has changed what is one line in the log, and never what it was changed to. */
function audit(logger: Logger, { requestId }: Answer, change: Change): void {
  logger.info({ ...change, admin: true, requestId }, 'admin');
}
