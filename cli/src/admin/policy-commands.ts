import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import {
  deletePolicy,
  listPolicies,
  listPolicyRevisions,
  policyNameSchema,
  readPolicy,
  rollBackPolicy,
  writePolicy,
} from '@weir/contracts/admin/guardrail-policies';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { readJsonFile, readTextFile } from '../json-file.ts';
import { jsonText, table } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup, type Presentation } from './admin-command.ts';
import { documentCommands, warningNotes } from './document-commands.ts';

/** Names have neither dots nor slashes, which the names of files have. */
const loadPolicy = async (text: string, input: NodeJS.ReadableStream): Promise<unknown> =>
  policyNameSchema.safeParse(text).success ? text : readJsonFile(text, input);

export const policyCommands: AdminCommandGroup = {
  name: 'policies',
  aliases: ['policy'],
  description: 'guardrail policies',
  commands: [
    ...documentCommands({
      field: 'policy',
      list: listPolicies,
      columns: ['name', 'revision', 'updated_at', 'policy.description', 'warnings'],
      read: readPolicy,
      write: writePolicy,
      delete: deletePolicy,
      listRevisions: listPolicyRevisions,
      rollBack: rollBackPolicy,
    }),
    adminCommand({
      verb: 'try',
      endpoint: dryRunGuardrails,
      positional: ['policy', 'texts'],
      texts: {
        policy: {
          help: 'the name of one, a file of JSON, or - for standard input',
          load: loadPolicy,
        },
        policies: { value: 'names', help: 'others that hold beside it' },
        texts: {
          help: 'what a user says; - reads it from standard input',
          load: async (text, input) => [text === '-' ? await readTextFile(text, input) : text],
        },
        direction: { value: 'direction', help: 'whether it is said by a user, or by a model' },
        request: { value: 'file', help: 'a file with a whole chat request', load: readJsonFile },
        completion: { value: 'file', help: 'a file with a whole answer', load: readJsonFile },
      },
      present: presentTrial,
    }),
  ],
};

type Trial = ReplyOf<typeof dryRunGuardrails>;

/** What is found first, and then what was given as it would go on. */
function presentTrial(trial: Trial): Presentation {
  const { completion, denial, failed, findings, outcome, request, texts, warnings } = trial;
  const rows = findings.map((finding) => [
    finding.path ?? '-',
    finding.start === null || finding.end === null ? '-' : `${finding.start}-${finding.end}`,
    finding.entity ?? '-',
    finding.rule,
    String(finding.score),
    finding.action,
    finding.policy,
    finding.check,
  ]);
  const titles = ['PATH', 'PLACE', 'ENTITY', 'RULE', 'SCORE', 'ACTION', 'POLICY', 'CHECK'];
  const documents = [request, completion].flatMap((document) => (document ? [jsonText(document)] : []));
  const parts = [...(rows.length > 0 ? [table(titles, rows)] : []), ...(texts ?? []), ...documents];
  return {
    result: parts.join('\n\n'),
    notes: [
      ...failed.map((check) => `warning: the check ${check} failed`),
      ...warningNotes(warnings),
      denial ? `It is denied (${denial.code}): ${denial.message}` : outcomes[outcome],
    ],
  };
}

const outcomes: Readonly<Record<Trial['outcome'], string>> = {
  pass: 'It passes as it is.',
  change: 'It passes, changed.',
  deny: 'It is denied.',
};
