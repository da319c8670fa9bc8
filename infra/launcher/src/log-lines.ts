import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const levelStyles: Record<string, Style> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
};

/** What is on every line, or is shown in a place of its own. */
const knownFields = new Set(['level', 'time', 'pid', 'hostname', 'service', 'instance', 'msg', 'err']);

const nameWidth = 8;
const levelWidth = 5;

/** Turns the lines of the programs into lines for a person, coloured where `out` is a terminal. */
export class LogLines {
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  /** A line of the launcher's own about one of the programs. */
  notice(name: string, level: 'info' | 'warn' | 'error', text: string): void {
    this.#write(name, { level, msg: text });
  }

  /** A line that a service wrote: a JSON object of pino's, or anything else, which is shown as it is. */
  service(name: string, line: string): void {
    const record = parseRecord(line);
    if (record) this.#write(name, record);
    else if (line.trim()) this.#out.write(`${this.#label(name)} ${line}\n`);
  }

  /** A line of nats-server's, shown only where it warns: an operator of one machine needs no more. */
  nats(name: string, line: string): void {
    const [, code, text] = /\[(WRN|ERR|FTL)\] (.*)/.exec(line) ?? [];
    if (text) this.notice(name, code === 'WRN' ? 'warn' : 'error', text);
  }

  #write(name: string, record: Record<string, unknown>): void {
    const level = asText(record['level'] ?? 'info');
    const time = new Date(asText(record['time'] ?? new Date().toISOString())).toTimeString().slice(0, 8);
    const fields = Object.entries(record)
      .filter(([key]) => !knownFields.has(key))
      .map(([key, value]) => this.#style('gray', `${key}=${asText(value)}`));
    const parts = [
      this.#style('gray', time),
      this.#label(name),
      this.#style(levelStyles[level] ?? 'reset', level.padEnd(levelWidth)),
      asText(record['msg'] ?? ''),
      ...fields,
    ];
    this.#out.write(`${parts.filter(Boolean).join(' ')}${errorLines(record['err'])}\n`);
  }

  #label(name: string): string {
    return this.#style('cyan', name.padEnd(nameWidth));
  }

  #style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The stack of an error, below its line. */
function errorLines(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const text = 'stack' in error ? error.stack : 'message' in error ? error.message : error;
  return `\n${asText(text)}`.replaceAll('\n', '\n    ');
}
