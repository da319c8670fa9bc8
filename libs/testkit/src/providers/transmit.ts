import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pacing } from './script.ts';
import type { WirePlan } from './wire-plan.ts';

/** Sends what is planned at the given pace. Resolves when all of it is handed to the network or the client has gone. */
export async function transmit(response: ServerResponse, plan: WirePlan, pacing: Pacing): Promise<void> {
  if (isSlow(plan, pacing) || plan.ending !== 'complete') return transmitSlowly(response, plan, pacing);
  response.writeHead(plan.status, plan.headers);
  for (const piece of plan.pieces.slice(0, -1)) response.write(piece.text);
  // The last piece goes with the end: an answer of one piece is one write to the socket.
  response.end(plan.pieces.at(-1)?.text);
}

async function transmitSlowly(response: ServerResponse, plan: WirePlan, pacing: Pacing): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  try {
    await sleepUnless(gone.signal, (plan.holdHeadersMs ?? 0) + (pacing.latencyMs ?? 0));
    response.writeHead(plan.status, plan.headers);
    if (plan.headersFirst) response.flushHeaders();
    await sleepUnless(gone.signal, plan.holdBodyMs ?? 0);
    await sendPieces(response, plan, pacing, gone.signal);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    return;
  }
  end(response, plan);
}

/** Every piece is sent when its tokens are due since the first, so that a timer's lateness does not add up. */
async function sendPieces(
  response: ServerResponse,
  plan: WirePlan,
  { tokensPerSecond = Infinity }: Pacing,
  gone: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  let tokens = 0;
  for (const piece of plan.pieces) {
    tokens += piece.tokens;
    const dueAt = startedAt + (tokens / tokensPerSecond) * 1000;
    await sleepUnless(gone, dueAt - performance.now());
    response.write(piece.text);
  }
}

function end(response: ServerResponse, plan: WirePlan): void {
  switch (plan.ending) {
    case 'complete':
      response.end();
      break;
    case 'destroy':
      // An empty write's callback runs after all that was written before it has left the process.
      response.socket?.write('', () => response.socket?.destroy());
      break;
    case 'stay_open':
      break;
  }
}

async function sleepUnless(gone: AbortSignal, delayMs: number): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: gone });
}

function isSlow({ holdHeadersMs = 0, holdBodyMs = 0 }: WirePlan, { latencyMs = 0, tokensPerSecond }: Pacing) {
  return holdHeadersMs + holdBodyMs + latencyMs > 0 || tokensPerSecond !== undefined;
}
