import { listAudit, verifyAudit } from '@weir/contracts/admin/audit';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import { InvalidArgumentError } from 'commander';
import { table } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';

export const auditCommands: AdminCommandGroup = {
  name: 'audit',
  aliases: [],
  description: 'what admins have changed',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listAudit,
      columns: [
        'seq',
        'at',
        'action',
        ['KIND', 'target.kind'],
        ['TARGET', 'target.id'],
        'organisation_id',
        ['ADMIN KEY', 'actor.admin_key_id'],
        'actor.address',
      ],
    }),
    adminCommand({
      verb: 'verify',
      endpoint: verifyAudit,
      texts: {
        anchor: {
          value: 'seq:hash',
          help: 'what an earlier verification has printed: that entry must still be there, unchanged',
          parse: parseAnchor,
        },
      },
      present: ({ broken, entries, head, intact }) => {
        if (!intact) {
          const where = broken ? ` Entry ${broken.seq}: ${broken.reason}` : '';
          return { isBad: true, notes: [`The audit log is not what was entered.${where}`] };
        }
        return {
          result: head ? `${head.seq}:${head.hash}` : undefined,
          notes: [
            `All ${entries} entries are as they were entered.`,
            ...(head ? ['Keep this last one elsewhere, and say it next time: --anchor <seq:hash>'] : []),
          ],
        };
      },
    }),
  ],
};

export const statusCommand = adminCommand({
  verb: 'status',
  endpoint: gatewayStatus,
  present: ({ configs, problems, replicas, targets }) => ({
    result: [
      table(
        ['SERVICE', 'REPLICA', 'VERSION', 'STATE', 'CLOCK'],
        (replicas ?? []).map((one) => [
          ...[one.service, one.id, one.version, one.state],
          one.clock_skew_ms === null ? '?' : `${(one.clock_skew_ms / 1_000).toFixed(1)} s`,
        ]),
      ),
      `${configs ?? '?'} routing configs`,
      ...(targets && targets.length > 0 ? [targetTable(targets)] : []),
    ].join('\n\n'),
    isBad: problems.length > 0,
    notes: problems,
  }),
});

interface TargetHealth {
  readonly provider: string;
  readonly model: string;
  readonly host: string;
  readonly state: string;
  readonly until: string | null;
  readonly reason: string | null;
}

const targetTable = (targets: readonly TargetHealth[]) =>
  table(
    ['PROVIDER', 'MODEL', 'HOST', 'STATE', 'UNTIL', 'REASON'],
    targets.map(({ host, model, provider, reason, state, until }) => [
      provider,
      model,
      host,
      state,
      until ?? '-',
      reason ?? '-',
    ]),
  );

function parseAnchor(text: string): { seq: number; hash: string } {
  const [, seq, hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined)
    throw new InvalidArgumentError('It must be seq:hash, as an earlier verification has printed it.');
  return { seq: Number(seq), hash };
}
