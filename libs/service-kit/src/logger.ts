import { pino, stdSerializers, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  instance: string;
  level: string;
}

/** Names under which a secret could be, should somebody log an object that holds one; in lower case. */
const secretNames = new Set([
  'authorization',
  'apikey',
  'api_key',
  'api-key',
  'x-api-key',
  'password',
  'key',
  'secret',
  'token',
  'cookie',
]);

/** Deeper than this nothing is looked for: what is logged here is flat, or an error. */
const maxDepth = 4;

/** JSON lines on standard output. */
export function createLogger({ service, instance, level }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, instance },
    serializers: { err: stdSerializers.errWithCause },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) => withoutSecrets(line, maxDepth),
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
function withoutSecrets(line: Record<string, unknown>, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line)) {
    if (secretNames.has(name.toLowerCase())) clean[name] = '[redacted]';
    else clean[name] = depth > 0 && isPlainObject(value) ? withoutSecrets(value, depth - 1) : value;
  }
  return clean;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
