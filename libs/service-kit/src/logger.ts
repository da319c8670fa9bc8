import { pino, type Logger as PinoLogger } from 'pino';
import { parseOwnJson } from './bounded-json.ts';
import { boundedFields, boundedText, logLimits, type SecretSearch } from './log-fields.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  instance: string;
  level: string;
  /** What no line may repeat. */
  secrets?: SecretSearch | undefined;
}

/**
 * JSON lines on standard output. However large and of whatever making what is logged is, a line is short, of visible characters,
 * and repeats no secret that is known.
 */
export function createLogger({ service, instance, level, secrets }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, instance },
    serializers: {
      // Errors are written with all other fields.
      err: (error: unknown) => error,
      msg: (message: unknown) => (typeof message === 'string' ? boundedText(message, secrets) : message),
    },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => boundedFields(fields, secrets),
    },
    hooks: { streamWrite: cleanLine },
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

/** What a terminal obeys, what is not seen, and what turns the direction of a text; JSON itself escapes only the first 32. */
const unseen = /[\u007f-\u009f\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
const unseenCharacters = new RegExp(unseen.source, 'gu');

/** With all escapes. */
const maxLineLength = 4 * logLimits.lineLength;

/** All texts and names of a line pass here, whoever has written them. */
function cleanLine(line: string): string {
  // Such characters stand only within JSON's texts.
  const visible = unseen.test(line) ? line.replace(unseenCharacters, escaped) : line;
  if (visible.length <= maxLineLength) return visible;
  const { level, time, service, instance } = parseOwnJson(line) as Record<string, unknown>;
  const left = { level, time, service, instance, msg: 'a line is left out: it was too long' };
  return `${JSON.stringify(left)}\n`;
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
