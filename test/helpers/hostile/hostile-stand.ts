import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, testAdminKey, testKey, testMasterKey, type Gateway } from '@weir/testkit/gateway';
import { adminOf } from '../admin.ts';
import { canaryKey } from './canary-key.ts';
import type { HostileCase, HostileRequest } from './hostile-case.ts';
import { HostileUpstream } from './hostile-upstream.ts';
import { answerProblems, isExpected } from './judge.ts';
import { logProblems } from './log-problems.ts';
import { deleteAs, publishAs } from './neighbour.ts';
import { probeEnvironment, readLoopBlock, type LoopBlock } from './loop-blocks.ts';
import { sendHostile, type HostileOutcome } from './send-hostile.ts';

/** What neither an answer nor a log may hold. */
const secrets = [canaryKey, testMasterKey, testAdminKey, testKey.slice(-43)];

const watched = ['ingress', 'guardrails', 'cache', 'router', 'keys', 'cost'] as const;

export type Watched = (typeof watched)[number];

/** What came of a case. */
export interface HostileReport {
  readonly outcomes: readonly HostileOutcome[];
  readonly tookMs: number;
  readonly blocks: Readonly<Record<Watched, LoopBlock>>;
  /** Of the answers, and of the log meanwhile. */
  readonly problems: readonly string[];
}

/** How long the copies of a bucket may take to follow it. */
const patienceMs = 1_500;

const chat = (isStreamed: boolean) =>
  JSON.stringify({ model: 'm', stream: isStreamed, messages: [{ role: 'user', content: 'Hello' }] });

/** One gateway, whose every process tells how long its event loop was blocked, and the hostile providers behind it. */
export class HostileStand {
  readonly gateway: Gateway;
  readonly #upstream: HostileUpstream;
  readonly #folder: string;

  private constructor(gateway: Gateway, upstream: HostileUpstream, folder: string) {
    this.gateway = gateway;
    this.#upstream = upstream;
    this.#folder = folder;
  }

  static async start(): Promise<HostileStand> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-hostile-'));
    const probe = probeEnvironment(folder);
    const upstream = await HostileUpstream.start();
    const gateway = await startGateway({
      router: { ...probe, WEIR_ALLOWED_HOSTS: '127.0.0.1:*' },
      ingress: probe,
      guardrails: probe,
      cache: probe,
      keys: probe,
      cost: probe,
    });
    return new HostileStand(gateway, upstream, folder);
  }

  /** The admin API. */
  get admin() {
    return adminOf(this.gateway.url);
  }

  async run(hostile: HostileCase): Promise<HostileReport> {
    const { id, atOnce = 1, messages = [], never = [] } = hostile;
    const request = this.#requestOf(hostile);
    await this.#readBlocks();
    for (const message of messages) await publishAs(this.gateway.nats, message);
    const logged = this.#logs().map(({ length }) => length);
    const startedMs = performance.now();
    const send = () =>
      Promise.all(Array.from({ length: atOnce }, () => sendHostile(this.gateway.url, request)));
    let outcomes = await send();
    // What was published reaches the copies of the services a little later.
    while (
      messages.length > 0 &&
      !isExpected(hostile, outcomes) &&
      performance.now() - startedMs < patienceMs
    )
      outcomes = await send();
    const tookMs = performance.now() - startedMs;
    const blocks = await this.#readBlocks();
    for (const message of messages) await deleteAs(this.gateway.nats, message);
    const lines = this.#logs().flatMap((log, index) => log.slice(logged[index]));
    const seen = outcomes.flatMap(({ raw }) =>
      [...secrets, ...never]
        .filter((text) => raw.includes(text))
        .map((text) => `${text} in the answer to ${id}`),
    );
    const problems = [
      ...answerProblems(hostile, outcomes),
      ...seen,
      ...logProblems(lines, [...secrets, ...never]),
    ];
    return { outcomes, tookMs, blocks, problems };
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.#upstream.close();
    await rm(this.#folder, { recursive: true });
  }

  #requestOf({ id, request, answer, dialect, config, isStreamed = false }: HostileCase): HostileRequest {
    const host = answer ?? (() => ({ body: '{}' }));
    const upstream = this.#upstream.answer(id, host);
    const given = request?.() ?? {};
    if (given.bytes !== undefined || given.path !== undefined) return given;
    const customHost = dialect ? upstream : `${upstream}/v1`;
    const usual = { provider: dialect ?? 'openai', custom_host: customHost, api_key: canaryKey };
    const chosen = config ? config(customHost) : usual;
    const text = typeof chosen === 'string' ? chosen : JSON.stringify(chosen);
    const inline = config !== null && { 'x-weir-config': ascii(text) };
    return {
      body: chat(isStreamed),
      ...given,
      headers: { ...inline, ...given.headers },
    };
  }

  /** Of each process. */
  #logs(): readonly (readonly string[])[] {
    return watched.map((name) => this.gateway[name]?.log ?? []);
  }

  async #readBlocks(): Promise<Record<Watched, LoopBlock>> {
    const read = watched.map(async (name) => {
      const { pid } = this.gateway[name] ?? { pid: 0 };
      return [name, await readLoopBlock(this.#folder, pid)] as const;
    });
    return Object.fromEntries(await Promise.all(read)) as Record<Watched, LoopBlock>;
  }
}

/** Fit for a header. */
function ascii(text: string): string {
  return text.replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
