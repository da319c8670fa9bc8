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
import { table } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';
import { documentCommands, warningNotes } from './document-commands.ts';
import { parsePairs } from './field-parsers.ts';

/** Names have neither dots nor slashes, which the names of files have. */
const loadConfig = async (text: string, input: NodeJS.ReadableStream): Promise<unknown> =>
  configNameSchema.safeParse(text).success ? text : readJsonFile(text, input);

export const configCommands: AdminCommandGroup = {
  name: 'configs',
  aliases: ['config'],
  description: 'routing configs',
  commands: [
    ...documentCommands({
      field: 'config',
      list: listConfigs,
      columns: ['name', 'revision', 'updated_at', 'warnings'],
      read: readConfig,
      write: writeConfig,
      delete: deleteConfig,
      listRevisions: listConfigRevisions,
      rollBack: rollBackConfig,
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
