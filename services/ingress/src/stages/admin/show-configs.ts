import { listConfigRevisions, listConfigs, readConfig } from '@weir/contracts/routing/admin';
import type { Bus } from '@weir/service-kit/bus/bus';
import { entityTag, knownRevisions } from '../../domain/entity-tag.ts';
import type { AdminArrival, Identified } from '../arrival.ts';
import type { Handler } from '../stage.ts';
import type { ConfigNamed } from './read-config-name.ts';
import type { PageRead } from './read-page.ts';

export const showConfigs =
  ({ bus }: { bus: Bus }): Handler<AdminArrival & Identified & PageRead> =>
  async ({ answer, envelope, page }) => {
    answer.json(200, JSON.stringify(await bus.request(listConfigs, page, envelope)));
  };

/** 304 where the caller has the newest revision. */
export const showConfig =
  ({ bus }: { bus: Bus }): Handler<AdminArrival & Identified & ConfigNamed> =>
  async ({ answer, envelope, headers, name }) => {
    const isKnown = knownRevisions(headers);
    const record = await bus.request(readConfig, { name }, envelope);
    const tag = ['etag', entityTag(record.revision)];
    if (isKnown(record.revision)) {
      answer.begin(304, tag);
      answer.end('');
    } else answer.json(200, JSON.stringify(record), tag);
  };

export const showRevisions =
  ({ bus }: { bus: Bus }): Handler<AdminArrival & Identified & ConfigNamed> =>
  async ({ answer, envelope, name }) => {
    answer.json(200, JSON.stringify(await bus.request(listConfigRevisions, { name }, envelope)));
  };
