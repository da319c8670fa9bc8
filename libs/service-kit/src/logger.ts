import { pino, stdSerializers, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  instance: string;
  level: string;
}

/** Names under which a secret could be, should somebody log an object that holds one. */
const secretName = /authorization|api[-_]?key|password|secret|cookie|^key$|token$/i;

/** A password in an address, as drivers like to quote them in their errors. */
const secretInUrl = /(\b[a-z][a-z+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi;

/** Deeper than this nothing is looked for: what is logged here is flat, or an error. */
const maxDepth = 5;

/** JSON lines on standard output. */
export function createLogger({ service, instance, level }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, instance },
    serializers: { err: (error: Error) => withoutSecrets(stdSerializers.errWithCause(error), maxDepth) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) => withoutSecretFields(line, maxDepth),
    },
  };
  return pino(options, process.stdout);
}

/**
 * To be called once in a process that logs: when whoever reads the log is gone, the service goes on, and can still
 * stop in good order. (The logger's own destination tries to write into the broken pipe for ever.)
 */
export function outliveLogReader(): void {
  process.stdout.on('error', () => undefined);
}

/** Our own, since a search by the paths of the logger's own redaction costs more than the rest of a line. */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value === 'string')
    return value.includes('://') ? value.replace(secretInUrl, '$1[redacted]@') : value;
  // An error is serialised by the logger, and what comes of it passes through here.
  if (typeof value !== 'object' || value === null || value instanceof Error || depth === 0) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSecrets(item, depth - 1));
  return withoutSecretFields(value, depth);
}

function withoutSecretFields(fields: object, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    clean[name] = secretName.test(name) ? '[redacted]' : withoutSecrets(value, depth - 1);
  }
  return clean;
}
