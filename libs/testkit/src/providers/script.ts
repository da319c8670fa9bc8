import type { TokenUsage } from './model/model-answer.ts';
import type { Fault } from './fault.ts';
import type { RecordedRequest } from './request-log.ts';

/** How an answer is spread over time and over chunks. */
export interface Pacing {
  /** The time until the first byte. */
  latencyMs?: number | undefined;
  /** The rate of the tokens after it; at once if it is not given. */
  tokensPerSecond?: number | undefined;
  /** Into how many pieces a streamed text is cut; one for each token if it is not given. */
  chunks?: number | undefined;
}

export interface Script extends Pacing {
  fault?: Fault;
  /** The text of the answer, in place of the echo. */
  answer?: string;
  /** Replaces the counted figures. */
  usage?: Partial<TokenUsage>;
  /** For how many requests it holds; until `reset()` if it is not given. */
  times?: number;
  matches?: (request: RecordedRequest) => boolean;
}

/** The scripts in force. Those with `times` are used up first, in their order; then the newest of the others holds. */
export class Playbook {
  #counted: { script: Script; left: number }[] = [];
  #lasting: Script[] = [];

  add(script: Script): void {
    if (script.times === undefined) this.#lasting.unshift(script);
    else this.#counted.push({ script, left: script.times });
  }

  clear(): void {
    this.#counted = [];
    this.#lasting = [];
  }

  /** The script for a request, one use of which is thereby spent. */
  take(request: RecordedRequest): Script | undefined {
    const counted = this.#counted.find(({ script, left }) => left > 0 && applies(script, request));
    if (counted === undefined) return this.#lasting.find((script) => applies(script, request));
    counted.left -= 1;
    return counted.script;
  }
}

function applies(script: Script, request: RecordedRequest): boolean {
  return script.matches?.(request) ?? true;
}
