import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAsClient } from './helpers/traffic/ask-as-client.ts';
import { misfits, type Pattern } from './helpers/traffic/pattern.ts';
import { ScriptedUpstream } from './helpers/traffic/scripted-upstream.ts';
import type { SeenAnswer } from './helpers/traffic/seen-answer.ts';
import { readTrafficCases, type Exchange } from './helpers/traffic/traffic-case.ts';

const upstream = await ScriptedUpstream.start();
const cases = readTrafficCases(join(import.meta.dirname, 'real-traffic'), (id) => upstream.urlOf(id));
for (const { id, upstream: answers } of cases) upstream.script(id, answers);

let gateway: Gateway;
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'weir-traffic-'));
  const file = join(temporary, 'providers.json');
  await writeFile(file, JSON.stringify(cases.flatMap(({ providers }) => providers)));
  gateway = await startGateway({
    router: { WEIR_PROVIDERS_FILE: file, WEIR_ALLOWED_HOSTS: '127.0.0.1:*' },
  });
});
afterAll(async () => {
  await gateway.close();
  upstream.close();
  await rm(temporary, { recursive: true });
});

describe('what real traffic looks like', () => {
  test.each(cases)('$id: $promise', async ({ id, exchanges, upstreamRequests }) => {
    const before = upstream.requestsOf(id).length;
    let previous: SeenAnswer | undefined;
    for (const exchange of exchanges) {
      previous = await exchangeOnce(id, exchange, previous);
    }
    if (upstreamRequests) {
      const sent = upstream.requestsOf(id).slice(before);
      expectFit(upstreamRequests, sent, 'went upstream');
    }
  });
});

async function exchangeOnce(
  id: string,
  exchange: Exchange,
  previous: SeenAnswer | undefined,
): Promise<SeenAnswer> {
  const ask = async () => {
    const answer = await askAsClient(gateway.url, exchange, {
      previous,
      onText: (text) => {
        upstream.noteReceived(id, text);
      },
    });
    expectFit(exchange.client, answer, `came to the client: ${answer.text.slice(0, 600)}`);
    return answer;
  };
  const seen = await (exchange.withinMs === undefined ? ask() : eventually(ask, exchange.withinMs));
  const { log } = exchange;
  if (log) {
    await eventually(() => {
      const lines = linesOf(seen.headers['x-request-id']);
      const fits = lines.some((line) => misfits(log, line).length === 0);
      expect(fits, `No line of the log has ${JSON.stringify(log)}: ${JSON.stringify(lines)}`).toBe(true);
    }, 2_000);
  }
  return seen;
}

function expectFit(pattern: Pattern, value: unknown, what: string): void {
  const found = misfits(pattern, value);
  if (found.length > 0) throw new Error(`${found.join('\n')}\nThis ${what}`);
}

/** Of the request's own. */
function linesOf(requestId = ''): unknown[] {
  return gateway
    .log()
    .filter((line) => line.includes(requestId))
    .map((line) => JSON.parse(line) as unknown);
}
