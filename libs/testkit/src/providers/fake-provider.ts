import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { ProviderSettings } from './answer-call.ts';
import { createRequestHandler } from './request-handler.ts';
import { RequestLog } from './request-log.ts';
import type { RecordedRequest } from './request-log.ts';
import { Playbook } from './script.ts';
import type { Pacing, Script } from './script.ts';

const DEFAULT_MAX_RECORDED = 1000;

export interface FakeProviderOptions extends Pacing {
  /** 0, the default, takes any free port. */
  port?: number | undefined;
  host?: string | undefined;
  /** A text that comes before every echo. */
  lead?: string | undefined;
  /** Whether the OpenAI protocol shows the reasoning in `reasoning_content`, as some compatible hosts do. */
  emitReasoningContent?: boolean | undefined;
  /** A text in the message of every error, as providers quote what they were sent. */
  errorQuote?: string | undefined;
  /** How many of the latest requests are kept in `requests`. */
  maxRecorded?: number | undefined;
}

export interface FakeProvider {
  /** `http://host:port`: the base URL for the Anthropic and the Ollama SDK. */
  readonly url: string;
  /** The base URL for the OpenAI SDK. */
  readonly openaiBaseUrl: string;
  readonly port: number;
  /** The latest requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  script(script: Script): void;
  /** Forgets all scripts and recorded requests. */
  reset(): void;
  /** Resolves with the first recorded request, past or to come, that satisfies `predicate`. */
  waitFor(predicate: (request: RecordedRequest) => boolean): Promise<RecordedRequest>;
  /** Stops listening and ends every open connection. */
  close(): Promise<void>;
}

/**
 * Starts a server that speaks the wire protocols of OpenAI, Anthropic and Ollama and answers deterministically: it
 * echoes, calls tools, fills schemas and counts tokens, and it fails in all the ways it is told to.
 */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const { port = 0, host = '127.0.0.1', maxRecorded = DEFAULT_MAX_RECORDED } = options;
  const log = new RequestLog(maxRecorded);
  const playbook = new Playbook();
  const settings: ProviderSettings = {
    lead: options.lead,
    emitReasoningContent: options.emitReasoningContent ?? false,
    errorQuote: options.errorQuote,
    latencyMs: options.latencyMs,
    tokensPerSecond: options.tokensPerSecond,
    chunks: options.chunks,
  };
  const server = createServer(createRequestHandler({ log, playbook, settings }));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const url = `http://${host}:${address.port}`;
  return {
    url,
    openaiBaseUrl: `${url}/v1`,
    port: address.port,
    requests: log.requests,
    script(script) {
      playbook.add(script);
    },
    reset() {
      playbook.clear();
      log.clear();
    },
    waitFor(predicate) {
      return log.waitFor(predicate);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
