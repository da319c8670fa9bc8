import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import {
  configNameSchema,
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { readJsonFile } from '../json-file.ts';
import { jsonText, table } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup, type Presentation } from './admin-command.ts';
import { parsePairs } from './field-parsers.ts';

/** Names have neither dots nor slashes, which the names of files have. */
const loadConfig = async (text: string, input: NodeJS.ReadableStream): Promise<unknown> =>
  configNameSchema.safeParse(text).success ? text : readJsonFile(text, input);

const warningNotes = (warnings: readonly string[]) => warnings.map((warning) => `warning: ${warning}`);

function presentWritten(record: { name: string; revision: number; warnings: string[] }): Presentation {
  return {
    result: `${record.name} is at revision ${record.revision}`,
    notes: warningNotes(record.warnings),
  };
}

export const configCommands: AdminCommandGroup = {
  name: 'configs',
  aliases: ['config'],
  description: 'routing configs',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listConfigs,
      columns: ['name', 'revision', 'updated_at', 'warnings'],
    }),
    adminCommand({
      verb: 'show',
      endpoint: readConfig,
      present: ({ config, revision, updated_at, warnings }) => ({
        result: jsonText(config),
        notes: [`Revision ${revision}, of ${updated_at}.`, ...warningNotes(warnings)],
      }),
    }),
    adminCommand({
      verb: 'set',
      endpoint: writeConfig,
      positional: ['config'],
      texts: { config: { help: 'its file of JSON, or - for standard input', load: readJsonFile } },
      present: presentWritten,
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteConfig,
      confirm: ({ name }) => `Delete config ${name}? Requests that name it fail from now on.`,
    }),
    adminCommand({
      verb: 'revisions',
      endpoint: listConfigRevisions,
      columns: ['revision', 'updated_at', ['CONFIG', 'config']],
    }),
    adminCommand({
      verb: 'rollback',
      endpoint: rollBackConfig,
      positional: ['revision'],
      present: presentWritten,
    }),
    adminCommand({
      verb: 'dry-run',
      endpoint: dryRunRouting,
      positional: ['config'],
      texts: {
        config: {
          help: 'the name of a stored one, a file of JSON, or - for standard input',
          load: loadConfig,
        },
        metadata: { value: 'key=value', help: 'what the request says of itself', parse: parsePairs },
        request: {
          flag: 'model',
          value: 'model',
          help: 'the model that is asked for, or @file of a whole chat request',
          load: async (text, input) =>
            text.startsWith('@') ? readJsonFile(text.slice(1), input) : { model: text },
        },
      },
      present: ({ model, passed_over, targets, warnings }) => ({
        result: table(
          ['PLACE', 'TARGET', 'PROVIDER', 'MODEL', 'WHY'],
          [
            ...targets.map((target, index) => [String(index + 1), ...cellsOf(target)]),
            ...passed_over.map((target) => ['-', ...cellsOf(target)]),
          ],
        ),
        notes: [
          ...(targets.length === 0 ? [`No target would take a request for ${model}.`] : []),
          ...warningNotes(warnings),
        ],
      }),
    }),
  ],
};

interface Target {
  readonly target: string;
  readonly provider: string;
  readonly model: string;
  readonly reason: string;
}

const cellsOf = ({ model, provider, reason, target }: Target) => [target, provider, model, reason];
