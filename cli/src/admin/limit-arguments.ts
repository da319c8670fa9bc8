import { type ScopeKind, scopeTextSchema } from '@weir/contracts/cost/limits';
import { InvalidArgumentError } from 'commander';
import { parseSeconds } from './field-parsers.ts';

/** A scope as the admin API names it. */
export interface ScopeFields {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly organisation_id?: string;
}

const scopeForms =
  'It must be installation, organisation/<id>, team/<id>, user/<id>, key/<id>, tag/<organisation>/<tag> or end_user/<organisation>/<name>; the organisation may be left out.';

/** `key/abcd1234`, `tag/acme/batch`, `end_user/acme/*`: as refusals and alerts name it. */
export function parseScope(text: string): ScopeFields {
  const parsed = scopeTextSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(scopeForms);
  const { id, kind, organisation } = parsed.data;
  return { scope: kind, id, ...(organisation !== undefined && { organisation_id: organisation }) };
}

/** The same text of a scope's fields. */
export function scopeArgument(fields: {
  scope: string;
  id: string;
  organisation_id?: string | null | undefined;
}): string {
  const { id, organisation_id, scope } = fields;
  if (scope === 'installation') return scope;
  const isOwned = (scope === 'tag' || scope === 'end_user') && typeof organisation_id === 'string';
  return isOwned ? `${scope}/${organisation_id}/${id}` : `${scope}/${id}`;
}

const windows = ['minute', 'day', 'month', 'total'];

/** `10/month`, `1/day:gpt-5*`, `60/minute`, `5/6h` for a rolling window; `4:gpt-5*` where there is no window. */
export function parseLimit(text: string, unit: string): Record<string, unknown> {
  const [, amount = '', window, model] = /^([\d.]+)(?:\/([a-z0-9]+))?(?::(.+))?$/.exec(text) ?? [];
  if (amount === '')
    throw new InvalidArgumentError('It must be an amount and a window, as 10/month or 1/day:gpt-5*.');
  return {
    unit,
    limit: unit === 'usd' ? amount : Number(amount),
    ...windowOf(window),
    ...(model !== undefined && { model }),
  };
}

function windowOf(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  if (windows.includes(text)) return { window: text };
  if (!/^\d+[smhdw]$/.test(text)) {
    throw new InvalidArgumentError(`The window must be ${windows.join(', ')}, or a duration as 6h.`);
  }
  return { window: 'rolling', rolling_seconds: parseSeconds(text) };
}
