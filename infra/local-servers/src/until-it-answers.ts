import { setTimeout as delay } from 'node:timers/promises';
import type { OwnedProcess } from './owned-process.ts';
import type { ServerKind } from './server-kind.ts';

const startTimeoutMs = 60_000;
const pauseMs = 5;

/** Resolves when the server answers its clients. Rejects, and leaves no server behind, where it never will. */
export async function untilItAnswers(
  kind: ServerKind,
  port: number,
  server: Pick<OwnedProcess, 'ended' | 'stop'>,
): Promise<void> {
  const { command: name } = kind.program;
  const end: { lastLines?: string } = {};
  void server.ended.then(({ lastLines }) => {
    end.lastLines = lastLines;
  });
  const deadline = performance.now() + startTimeoutMs;
  try {
    while (!(await kind.answers(port))) {
      if (end.lastLines !== undefined)
        throw new Error(`${name} ended before it could serve:\n${end.lastLines}`);
      if (performance.now() > deadline) throw new Error(`${name} did not answer within ${startTimeoutMs} ms`);
      await delay(pauseMs);
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
}
