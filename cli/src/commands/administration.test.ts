import { adminApi } from '@weir/contracts/admin/admin-api';
import { writeBudget } from '@weir/contracts/admin/budgets';
import { importKeys } from '@weir/contracts/admin/virtual-keys';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { statusCommand } from '../admin/audit-commands.ts';
import { fieldOptions } from '../admin/field-options.ts';
import { adminCommandGroups } from './administration.ts';

const groups = adminCommandGroups.flatMap((group) => [group, ...(group.groups ?? [])]);
const commands = [...groups.flatMap((group) => group.commands), statusCommand];

test('every route of the admin API is a command', () => {
  const served = new Set([
    ...commands.map(({ endpoint }) => endpoint.name),
    importKeys.name,
    writeBudget.name,
  ]);
  expect(adminApi.map(({ name }) => name).filter((name) => !served.has(name))).toEqual([]);
});

test('every field of a request can be given, is explained, and has a flag of its own', () => {
  const flags = commands.map((command) => {
    const fields = fieldOptions(command);
    for (const { field, help } of fields) expect(help, `${command.endpoint.name}: ${field}`).not.toBe('');
    return fields.map(({ name }) => name);
  });
  for (const names of flags) expect(new Set(names).size).toBe(names.length);
});

test('the columns of a list are fields of its items', () => {
  for (const { columns, endpoint, present, verb } of commands) {
    if (!/^(list|revisions|partitions)$/.test(verb) || present) continue;
    const { element } = (
      endpoint.reply as z.ZodObject<{ data: z.ZodArray<z.ZodObject | z.ZodDiscriminatedUnion> }>
    ).shape.data;
    const items = element instanceof z.ZodObject ? [element] : (element.options as z.ZodObject[]);
    const fields = new Set(items.flatMap(({ shape }) => Object.keys(shape)));
    const shown = (columns ?? []).map(
      (column) => (typeof column === 'string' ? column : column[1]).split('.')[0],
    );
    expect(shown, endpoint.name).not.toEqual([]);
    expect(shown.filter((field) => !fields.has(field ?? ''))).toEqual([]);
  }
});

test('what deletes, revokes or stops is asked for', () => {
  for (const { confirm, endpoint, verb } of commands) {
    if (/^(delete|revoke|suspend)$/.test(verb)) expect(confirm, `${endpoint.name} ${verb}`).toBeDefined();
  }
});
