import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { Answer } from './answer.ts';
import { misfits } from './pattern.ts';
import { sendAnswer } from './send-answer.ts';

/** What came to the upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** After the script's own part of it. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Undefined where it is not JSON. */
  readonly body: unknown;
  /** The bytes of the body. */
  readonly text: string;
}

/** A script by its name, which is the first part of the path of every request that is for it. */
interface Script {
  readonly answers: readonly Answer[];
  readonly timesUsed: Map<Answer, number>;
  readonly requests: UpstreamRequest[];
  /** What its client has received so far. */
  received: string;
}

/** One server that stands for every provider: it answers as its scripts say, byte for byte. */
export class ScriptedUpstream {
  readonly #scripts = new Map<string, Script>();
  readonly #answeredSockets = new WeakSet<Socket>();
  readonly #server = createServer((request, response) => {
    // A gateway that leaves in the middle is no failure of the upstream.
    this.#answer(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  urlOf(name: string): string {
    return `http://127.0.0.1:${this.port}/${name}`;
  }

  script(name: string, answers: readonly Answer[]): void {
    this.#scripts.set(name, { answers, timesUsed: new Map(), requests: [], received: '' });
  }

  /** What was asked of a script, in the order in which it came. */
  requestsOf(name: string): readonly UpstreamRequest[] {
    return this.#scriptOf(name).requests;
  }

  /** Tells the script what its client has received, for answers that wait for that. */
  noteReceived(name: string, text: string): void {
    this.#scriptOf(name).received += text;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #scriptOf(name: string): Script {
    const script = this.#scripts.get(name);
    if (!script) throw new Error(`The upstream has no script ${name}`);
    return script;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name = '', path = ''] = /^\/([^/]*)(.*)$/s.exec(incoming.url ?? '') ?? [];
    const script = this.#scripts.get(name);
    const text = await readText(incoming);
    const { method = '', headers } = incoming;
    const request = { method, path, headers, body: parseJson(text), text };
    script?.requests.push(request);
    const isReused = this.#answeredSockets.has(incoming.socket);
    this.#answeredSockets.add(incoming.socket);
    const answer = script?.answers.find((each) => isFor(each, request, script, isReused));
    if (!script || !answer) {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"message":"No answer is scripted"}}');
      return;
    }
    script.timesUsed.set(answer, (script.timesUsed.get(answer) ?? 0) + 1);
    await sendAnswer(answer, response, () => script.received);
  }
}

function isFor(answer: Answer, request: UpstreamRequest, script: Script, isReused: boolean): boolean {
  const { path = '', when, times = Infinity, isReused: wanted } = answer;
  return (
    request.path.startsWith(path) &&
    (wanted === undefined || wanted === isReused) &&
    (script.timesUsed.get(answer) ?? 0) < times &&
    (when === undefined || misfits(when, request).length === 0)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
