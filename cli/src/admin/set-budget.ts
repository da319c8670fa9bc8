import { randomBytes } from 'node:crypto';
import { writeBudget } from '@weir/contracts/admin/budgets';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type CommandContext, CommandUsageError } from '../context.ts';
import { addGatewayOptions, askGateway, type GatewayOptions } from '../gateway/ask-gateway.ts';
import { readJsonFile } from '../json-file.ts';
import { jsonText, writeLine } from '../terminal-text.ts';
import { parseRevision } from './field-parsers.ts';
import { presentBudget } from './present-budgets.ts';
import { parseLimit, parseScope, type ScopeFields, scopeArgument } from './limit-arguments.ts';

type Limits = readonly Record<string, unknown>[];

interface SetOptions extends GatewayOptions {
  readonly usd?: Limits;
  readonly requests?: Limits;
  readonly tokens?: Limits;
  readonly parallel?: Limits;
  readonly soft?: boolean;
  readonly contact?: string;
  readonly webhook?: readonly string[];
  readonly file?: string;
  readonly ifRevision?: number | string;
  readonly json?: boolean;
}

const units = [
  ['--usd <amount/window>', 'usd', 'US dollars, as 10/month, 1/day:gpt-5*, 5/6h or 100/total'],
  ['--requests <n/window>', 'requests', 'as 60/minute'],
  ['--tokens <n/window>', 'tokens', 'input and output together, as 100000/minute'],
  ['--parallel <n>', 'parallel_requests', 'at once, as 4 or 2:gpt-5*'],
] as const;

/** `weir budgets set`: all limits of a scope at once, by options or by a file. */
export function addSetBudgetCommand(group: Command, context: CommandContext): void {
  const added = group
    .command('set')
    .description(`${writeBudget.http.summary}: all of them at once`)
    .argument('<scope>', 'whose, as key/abcd1234, team/<id>, tag/acme/batch, end_user/acme/*', parseScope);
  for (const [flags, unit, help] of units) {
    const option = new Option(flags, `${help}; several times for several`);
    added.addOption(
      option.argParser<Limits>((text, before: Limits | undefined) => [
        ...(before ?? []),
        parseLimit(text, unit),
      ]),
    );
  }
  added
    .option('--soft', 'these limits only alert, and admit')
    .option('--contact <text>', 'whom a caller who is refused is told to ask')
    .option('--webhook <url...>', 'where alerts go; a secret for its signatures is made and shown once')
    .option(
      '--file <file>',
      'JSON as the API takes it, { "limits": [...] }, in the place of these options; - for standard input',
    )
    .option('--if-revision <n>', 'only where this is still its revision', parseRevision)
    .option('--json', "the API's answer, as JSON");
  addGatewayOptions(added).action(async (scope: ScopeFields, options: SetOptions) => {
    const secrets = (options.webhook ?? []).map((url) => ({
      url,
      secret: randomBytes(32).toString('base64url'),
    }));
    const given = await contentOf(options, secrets, context);
    const { ifRevision: expectedRevision } = options;
    const parsed = writeBudget.input.safeParse({ ...scope, ...given, expectedRevision });
    if (!parsed.success) throw new CommandUsageError(problemOf(parsed.error));
    const asked = { endpoint: writeBudget, showCommand: `weir budgets show ${scopeArgument(scope)}` };
    const reply = await askGateway(asked, options, context, (client) =>
      client.call(writeBudget, parsed.data),
    );
    const { notes = [], result = '' } = presentBudget(reply);
    writeLine(context.out, options.json ? jsonText(reply) : result);
    const shown = secrets.map(({ secret, url }) => `${url} is signed with ${secret} It is not shown again.`);
    for (const note of options.json ? shown : [...notes, ...shown]) writeLine(context.err, note);
  });
}

async function contentOf(
  { contact, file, parallel = [], requests = [], soft, tokens = [], usd = [], webhook }: SetOptions,
  secrets: readonly { readonly url: string; readonly secret: string }[],
  { input }: CommandContext,
): Promise<object> {
  const limits = [...usd, ...requests, ...tokens, ...parallel];
  if (file !== undefined) {
    if (limits.length > 0 || contact !== undefined || webhook || soft) {
      throw new CommandUsageError('--file says all of it: leave the other options out.');
    }
    const content = await readJsonFile(file, input);
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      throw new CommandUsageError(`${file} must hold an object with "limits".`);
    }
    return content;
  }
  if (limits.length === 0 && !webhook) {
    throw new CommandUsageError(
      'Say which limits: --usd, --requests, --tokens, --parallel, or --file. To take them away: weir budgets delete.',
    );
  }
  return {
    limits: limits.map((limit) => ({ ...limit, ...(soft && { hard: false }) })),
    ...(contact !== undefined && { contact }),
    ...(webhook && { alerts: { webhooks: secrets } }),
  };
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  const { message = 'is not valid', path = [] } = issue ?? {};
  const where = path.join('.');
  return /^[a-z]/.test(message) ? `${where} ${message}.` : `${where} is not valid: ${message}.`;
}
