import type { Command } from 'commander';
import { addAdminCommand, addAdminCommandGroup } from '../admin/add-admin-commands.ts';
import type { AdminCommandGroup } from '../admin/admin-command.ts';
import { auditCommands, statusCommand } from '../admin/audit-commands.ts';
import { budgetCommands } from '../admin/budget-commands.ts';
import { cacheCommands } from '../admin/cache-commands.ts';
import { configCommands } from '../admin/config-commands.ts';
import { credentialCommands } from '../admin/credential-commands.ts';
import { adminKeyCommands, keyCommands } from '../admin/key-commands.ts';
import { policyCommands } from '../admin/policy-commands.ts';
import { priceCommands } from '../admin/price-commands.ts';
import { reportCommands, usageCommands } from '../admin/report-commands.ts';
import { organisationCommands, teamCommands, userCommands } from '../admin/tenant-commands.ts';
import type { CommandContext } from '../context.ts';

/** The admin API as commands. A new contract is a row in one of these. */
export const adminCommandGroups: readonly AdminCommandGroup[] = [
  organisationCommands,
  teamCommands,
  userCommands,
  keyCommands,
  credentialCommands,
  configCommands,
  policyCommands,
  cacheCommands,
  budgetCommands,
  priceCommands,
  reportCommands,
  usageCommands,
  adminKeyCommands,
  auditCommands,
];

export function addAdministrationCommands(program: Command, context: CommandContext): void {
  for (const group of adminCommandGroups) addAdminCommandGroup(program, group, context);
  addAdminCommand(program, statusCommand, context, () => 'weir status');
}
