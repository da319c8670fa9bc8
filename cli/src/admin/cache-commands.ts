import {
  deleteCacheEntry,
  listCacheEntries,
  listCachePartitions,
  purgeCache,
  readCacheEntry,
  readCacheRules,
  writeCacheRules,
} from '@weir/contracts/admin/cache';
import { readJsonFile } from '../json-file.ts';
import { jsonText } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';
import { parseSeconds } from './field-parsers.ts';
import type { FieldText } from './field-texts.ts';
import { recordText } from './present.ts';

const model: FieldText = { value: 'name', help: 'of this model, by the name that callers have for it' };
const key_id: FieldText = { flag: 'key', value: 'id', help: 'that requests of this virtual key have made' };

const ruleCommands: AdminCommandGroup = {
  name: 'rules',
  aliases: ['rule'],
  description: 'which requests may be answered from the cache',
  commands: [
    adminCommand({
      verb: 'show',
      endpoint: readCacheRules,
      present: ({ revision, rules, updated_at }) => ({
        result: jsonText(rules),
        notes: [
          updated_at === null
            ? 'Nobody has written any: nothing is cached but for keys, configs and requests that ask for it.'
            : `Revision ${revision}, of ${updated_at}.`,
        ],
      }),
    }),
    adminCommand({
      verb: 'set',
      endpoint: writeCacheRules,
      positional: ['rules'],
      texts: {
        rules: {
          help: 'a file with the list of all rules in JSON, or - for standard input',
          load: readJsonFile,
        },
      },
      present: ({ revision, rules }) => ({ result: `${rules.length} rules are at revision ${revision}` }),
    }),
  ],
};

export const cacheCommands: AdminCommandGroup = {
  name: 'cache',
  aliases: [],
  description: 'answers that are kept',
  groups: [ruleCommands],
  commands: [
    adminCommand({
      verb: 'list',
      aliases: ['entries'],
      endpoint: listCacheEntries,
      texts: { key_id, model },
      columns: [
        ...['id', 'organisation_id', 'key_id', 'namespace', 'model', 'provider', 'semantic'],
        ...['hits', 'bytes', 'cost_usd', 'created_at', 'expires_at'],
      ],
    }),
    adminCommand({
      verb: 'show',
      endpoint: readCacheEntry,
      present: ({ completion, ...entry }) => ({ result: `${recordText(entry)}\n\n${jsonText(completion)}` }),
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteCacheEntry,
      confirm: ({ id }) => `Delete entry ${id}?`,
    }),
    adminCommand({
      verb: 'purge',
      endpoint: purgeCache,
      texts: {
        key_id,
        model,
        older_than_seconds: {
          flag: 'older-than',
          value: 'duration',
          help: 'that are at least so old, as 12h or 7d',
          parse: parseSeconds,
        },
      },
      present: ({ complete, purged }) => ({
        result: `purged ${purged}`,
        notes: complete ? [] : ['The others are deleted in the background. None of them is served any more.'],
      }),
    }),
    adminCommand({
      verb: 'partitions',
      endpoint: listCachePartitions,
      columns: ['id', 'organisation_id', 'model', 'right', 'wrong', 'status', 'updated_at'],
    }),
  ],
};
