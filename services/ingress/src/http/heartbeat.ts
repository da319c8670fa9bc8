import type { Clock } from '@weir/service-kit/clock';
import type { IncomingHttpHeaders } from 'node:http';
import { firstSent, invalidHeader } from '../domain/request-headers.ts';
import type { HeaderList } from './response-headers.ts';

/**
 * In which silences of a stream comments are sent. `after_content`: in those that follow its first content, when the status
 * has been sent. `always`: before it too, which sends the status 200 after the first of them, whatever becomes of the request.
 */
export const heartbeatModes = ['off', 'after_content', 'always'] as const;

export interface HeartbeatSettings {
  readonly mode: (typeof heartbeatModes)[number];
  /** How long a silence lasts until a comment is sent. */
  readonly intervalMs: number;
}

const header = 'x-weir-heartbeat';

/** What the request asks for, else what the operator has set. Throws `invalid_header`. */
export function heartbeatFromHeaders(
  headers: IncomingHttpHeaders,
  settings: HeartbeatSettings,
): HeartbeatSettings {
  const asked = firstSent(headers, [header])?.text.toLowerCase();
  if (asked === undefined) return settings;
  const mode = heartbeatModes.find((known) => known === asked);
  if (!mode) throw invalidHeader(header, `must be one of ${heartbeatModes.join(', ')}`);
  return { ...settings, mode };
}

/** Calls `beat` in each silence, until `over`. What is sent is told by `sent`. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #beat: () => void;
  #sentAtMs: number;
  #stopTimer: () => void = () => undefined;

  constructor(clock: Clock, intervalMs: number, beat: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#beat = beat;
    this.#sentAtMs = clock.nowMs();
    this.#wait(intervalMs);
  }

  sent(): void {
    this.#sentAtMs = this.#clock.nowMs();
  }

  over(): void {
    this.#stopTimer();
  }

  /** One timer a silence, and none a chunk: what was sent since it was set only makes it wait for longer. */
  #wait(delayMs: number): void {
    this.#stopTimer = this.#clock.after(delayMs, () => {
      const leftMs = this.#sentAtMs + this.#intervalMs - this.#clock.nowMs();
      if (leftMs <= 0) {
        this.#beat();
        this.sent();
      }
      this.#wait(leftMs > 0 ? leftMs : this.#intervalMs);
    });
  }
}

export const heartbeatComment = Buffer.from(': heartbeat\n\n');

/** Headers that come too late to be some, as a comment that people and tests can read. */
export function commentOf(headers: HeaderList): Buffer {
  const lines: string[] = [];
  for (let at = 0; at < headers.length; at += 2) lines.push(`: ${headers[at]}: ${headers[at + 1]}\n`);
  return Buffer.from(`${lines.join('')}\n`);
}
