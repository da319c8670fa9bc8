import { pino, stdSerializers, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  instance: string;
  level: string;
}

/** Where a secret could be, should somebody log an object that holds one. */
const secretPaths = ['authorization', 'apiKey', 'api_key', 'password', 'key', 'secret', 'token'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** JSON lines on standard output. */
export function createLogger({ service, instance, level }: LoggerOptions): Logger {
  return pino({
    level,
    base: { service, instance },
    redact: { paths: [...secretPaths, '*["x-api-key"]', '*["api-key"]'], censor: '[redacted]' },
    serializers: { err: stdSerializers.errWithCause },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
}
