import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { importKeys } from '@weir/contracts/admin/virtual-keys';
import { type Command, Option } from 'commander';
import { type CommandContext, CommandError, CommandUsageError } from '../context.ts';
import { addGatewayOptions, askGateway, type GatewayOptions } from '../gateway/ask-gateway.ts';
import { readTextFile } from '../json-file.ts';
import { jsonText, table, writeLine } from '../terminal-text.ts';

type Format = 'csv' | 'jsonl';
type Imported = ReplyOf<typeof importKeys>;

interface ImportOptions extends GatewayOptions {
  readonly format?: Format;
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly idempotencyKey?: string;
  readonly json?: boolean;
}

/** `weir keys import`: the keys that are made are the result, in the form that the file has. */
export function addImportCommand(group: Command, context: CommandContext): void {
  const added = group
    .command('import')
    .description(importKeys.http.summary)
    .argument('<file>', 'of CSV with a line of titles, or of JSON objects a line each; - for standard input')
    .addOption(
      new Option('--format <format>', 'where the name of the file does not tell').choices(['csv', 'jsonl']),
    )
    .option('--dry-run', 'only say what would be done')
    .option('--output <file>', 'write the keys there, for its owner alone, and not to standard output')
    .option('--idempotency-key <key>', 'do it once, however often it is repeated with the same key')
    .option('--json', "the API's answer, as JSON");
  addGatewayOptions(added).action(async (file: string, options: ImportOptions) => {
    const format = options.format ?? formatOf(file);
    const content = await readTextFile(file, context.input);
    if (content.trim() === '') throw new CommandUsageError(`${file} is empty.`);
    const idempotencyKey = options.idempotencyKey ?? randomUUID();
    const input = { format, content, dry_run: options.dryRun ?? false, idempotencyKey };
    const asked = { endpoint: importKeys, showCommand: 'weir keys list', idempotencyKey };
    await writingTo(options.dryRun ? undefined : options.output, context.out, async (write) => {
      const reply = await askGateway(asked, options, context, (client) => client.call(importKeys, input));
      if (options.json) await write(`${jsonText(reply)}\n`);
      else if (reply.errors.length === 0)
        await write(reply.dry_run ? previewOf(reply) : keysOf(reply, format));
      tell(reply, context);
    });
  });
}

function formatOf(file: string): Format {
  const formats: Readonly<Record<string, Format>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };
  const format = formats[extname(file).toLowerCase()];
  if (format) return format;
  throw new CommandUsageError(`${file} does not tell its format: add --format csv or --format jsonl.`);
}

/** A file that cannot be written is found out before keys are made, of which nobody would know then. */
async function writingTo(
  file: string | undefined,
  out: NodeJS.WritableStream,
  use: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  if (file === undefined) {
    await use(async (text) => {
      out.write(text);
    });
    return;
  }
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`;
    throw new CommandError(`${file} ${why}. No key was made: name another file.`, { cause: error });
  });
  try {
    await use((text) => handle.writeFile(text));
  } finally {
    const { size } = await handle.stat();
    await handle.close();
    if (size === 0) await rm(file, { force: true });
  }
}

const previewOf = ({ data }: Imported) =>
  `${table(
    ['LINE', 'NAME'],
    data.map(({ line, name }) => [String(line), name]),
  )}\n`;

function keysOf({ data }: Imported, format: Format): string {
  if (format === 'jsonl') {
    return data.map(({ id, key, name }) => `${JSON.stringify({ id, name, key })}\n`).join('');
  }
  const rows = data.map(({ id, key, name }) => [id, name, key].map(csvCell).join(','));
  return ['id,name,key', ...rows].map((row) => `${row}\n`).join('');
}

const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function tell({ data, dry_run, errors }: Imported, { err }: CommandContext): void {
  if (errors.length > 0) {
    const rows = errors.map(({ line, message }) => [String(line), message]);
    writeLine(err, table(['LINE', 'WHAT IS WRONG'], rows));
    throw new CommandError('No key was made. Mend these lines and repeat it.');
  }
  const count = data.length === 1 ? '1 key' : `${data.length} keys`;
  writeLine(
    err,
    dry_run
      ? `${count} would be made. Make them without --dry-run.`
      : `${count} made. They are not shown again.`,
  );
}
