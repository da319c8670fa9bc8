import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { z } from 'zod';
import { type CommandContext, CommandError, CommandUsageError } from '../context.ts';
import { askGateway, type GatewayOptions } from '../gateway/ask-gateway.ts';
import { findGateway } from '../gateway/find-gateway.ts';
import { askConsent, askSecret } from '../prompts.ts';
import { jsonText, printable, writeLine } from '../terminal-text.ts';
import type { AdminCommand, Presentation } from './admin-command.ts';
import { fieldOptions } from './field-options.ts';
import { present } from './present.ts';
import { readPages } from './read-pages.ts';

export interface AdminCommandOptions extends GatewayOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly yes?: boolean;
  readonly limit?: number;
  readonly after?: string;
  readonly ifRevision?: number | string;
  readonly idempotencyKey?: string;
}

interface AdminCall {
  readonly command: AdminCommand;
  /** As they were given. */
  readonly fields: Input;
  readonly options: AdminCommandOptions;
  /** Whether a secret is to be asked for. */
  readonly asksSecret: boolean;
  /** Which command shows what this one changes. */
  readonly showCommand: string;
}

export type Input = Readonly<Record<string, unknown>>;

/** What of a list is read where nobody says how much. */
export const defaultLimit = 1_000;

/** Calls the contract with the fields that were given, and says what came of it. */
export async function runAdminCommand(call: AdminCall, context: CommandContext): Promise<void> {
  const { asksSecret, command, options, showCommand } = call;
  const { endpoint } = command;
  const idempotencyKey = options.idempotencyKey ?? randomUUID();
  const given = inputOf(call, idempotencyKey);
  checkInput(command, given);
  const gateway = await findGateway(options, context);
  const question = command.confirm?.(given);
  if (question !== undefined) {
    await askConsent(`${gateway.url}: ${question}`, { ...context, yes: options.yes });
  }
  const input = asksSecret ? { ...given, ...(await readSecret(endpoint, context)) } : given;
  const asked = { endpoint, gateway, idempotencyKey: given['idempotencyKey'], showCommand };
  if (options.csv) {
    await askGateway(asked, options, context, async (client) =>
      writeCsv(await client.csv(endpoint, input), context),
    );
    return;
  }
  const limit = options.limit ?? defaultLimit;
  const reply = await askGateway(asked, options, context, (client) =>
    endpoint.http.isPaged ? readPages(client, endpoint, input, limit) : client.call(endpoint, input),
  );
  const isOnTerminal = context.out.isTTY === true && context.err.isTTY === true;
  const said = command.present?.(reply, { gateway, isOnTerminal }) ?? present(command, reply);
  tell({ ...said, ...(options.json && { result: jsonText(reply) }) }, options, context);
  const { next } = reply as { next?: string | null };
  if (endpoint.http.isPaged && next) {
    writeLine(context.err, `There are more than ${limit}: add --limit ${limit * 10}, or --after ${next}`);
  }
  if (said.isBad) throw new CommandError(said.notes?.at(-1) ?? 'It is not well.');
}

function inputOf(
  { command, fields, options }: AdminCall,
  idempotencyKey: string,
): Input & { idempotencyKey?: string } {
  const { after, ifRevision } = options;
  return {
    ...fields,
    ...command.fixed,
    ...(ifRevision !== undefined && { expectedRevision: ifRevision }),
    ...(command.endpoint.http.takesIdempotencyKey && { idempotencyKey }),
    ...(after !== undefined && { after }),
  };
}

/** As it comes. What could act on a terminal is masked there alone: a file has what the gateway has. */
async function writeCsv(csv: ReadableStream<Uint8Array>, { out }: CommandContext): Promise<void> {
  try {
    for await (const text of csv.pipeThrough(new TextDecoderStream())) {
      if (!out.write(out.isTTY ? printable(text) : text)) await once(out, 'drain');
    }
  } catch (cause) {
    throw new CommandError(
      'The gateway has broken it off: what was written is not the whole. Do it once more.',
      { cause },
    );
  }
}

function tell(
  { isBad, notes = [], result }: Presentation,
  { json }: AdminCommandOptions,
  { out, err }: CommandContext,
): void {
  if (result !== undefined) writeLine(out, result);
  if (json) return;
  // The last note of what is not well is the command's error.
  for (const note of isBad ? notes.slice(0, -1) : notes) writeLine(err, note);
}

/** Says what is wrong before anything is asked or sent. A secret is not there yet. */
function checkInput(command: AdminCommand, input: Input): void {
  const { endpoint } = command;
  const { sealed } = endpoint.http;
  const shape = Object.entries(endpoint.input.shape).filter(
    ([field]) => field !== sealed?.field || input[field] !== undefined,
  );
  const parsed = z.object(Object.fromEntries(shape)).safeParse(input);
  const issue = parsed.error?.issues[0];
  if (!issue) return;
  const [field, ...inside] = issue.path;
  const name = fieldOptions(command).find((option) => option.field === field)?.name ?? String(field);
  const problem = /^[a-z]/.test(issue.message) ? issue.message : `is not valid: ${issue.message}`;
  const where = inside.length > 0 && typeof inside[0] === 'string' ? ` (${inside.join('.')})` : '';
  throw new CommandUsageError(`${name}${where} ${problem}.`);
}

async function readSecret({ http: { sealed } }: AdminEndpoint, context: CommandContext): Promise<Input> {
  if (!sealed) return {};
  const secret = await askSecret(sealed.field.replaceAll('_', ' '), context);
  // What is wrong with it may be said, but never the secret itself.
  const issue = sealed.schema.safeParse(secret).error?.issues[0];
  if (issue) throw new CommandError(`The ${sealed.field} ${issue.message}.`);
  return { [sealed.field]: secret };
}
