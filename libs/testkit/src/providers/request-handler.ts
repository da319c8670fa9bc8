import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answerCall } from './answer-call.ts';
import type { ProviderSettings } from './answer-call.ts';
import type { RecordedRequest, RequestLog } from './request-log.ts';
import { findRoute } from './routes.ts';
import type { Playbook } from './script.ts';
import { transmit } from './transmit.ts';

interface HandlerParts {
  log: RequestLog;
  playbook: Playbook;
  settings: ProviderSettings;
}

/** Handles each request: record it, look up its script, answer as the provider would, break what is to be broken. */
export function createRequestHandler({ log, playbook, settings }: HandlerParts): RequestListener {
  let serial = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse, text: string) => {
    serial += 1;
    const { method = '', headers, url = '' } = request;
    const path = url.split('?', 1)[0] ?? '';
    const route = findRoute(method, path, headers);
    const recorded: RecordedRequest = {
      protocol: route.protocol.name,
      method,
      path,
      headers,
      body: parseJson(text),
      startedAt: Date.now(),
      finished: false,
    };
    watchEnd(response, recorded, log);
    log.add(recorded);
    const { fault, ...script } = playbook.take(recorded) ?? {};
    if (fault?.kind === 'reset') {
      recorded.finished = true;
      request.socket.resetAndDestroy();
      return;
    }
    const plan = answerCall({ route, recorded, script, fault, settings, serial });
    await transmit(response, plan, {
      latencyMs: script.latencyMs ?? settings.latencyMs,
      tokensPerSecond: script.tokensPerSecond ?? settings.tokensPerSecond,
    });
    if (plan.ending === 'destroy') recorded.finished = true;
  };

  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void handle(request, response, Buffer.concat(chunks).toString()));
  };
}

/** Notes whether the client got the whole answer or went away before. */
function watchEnd(response: ServerResponse, recorded: RecordedRequest, log: RequestLog): void {
  response.once('close', () => {
    if (response.writableFinished) recorded.finished = true;
    if (!recorded.finished) recorded.abortedAt = Date.now();
    log.changed(recorded);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
