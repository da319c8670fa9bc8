import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startOwnedProcess } from '../src/owned-process.ts';
import { runCommand } from '../src/run-command.ts';

const sleeper = { command: 'sleep', args: ['1000'], stopSignal: 'SIGTERM', env: process.env } as const;

/** The processes of a group that still run: the server and its watchdog. */
async function groupOf(pid: number): Promise<string[]> {
  const { output } = await runCommand('ps', ['-eo', 'pgid=,stat=,args=']);
  return output.split('\n').filter((line) => new RegExp(`^\\s*${pid}\\s+[^Z]`).test(line));
}

test('a server ends when the program that started it is killed', async () => {
  const owner = spawn(process.execPath, [fileURLToPath(new URL('fixtures/owner.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(await groupOf(pid)).not.toEqual([]);
  owner.kill('SIGKILL');
  await expect.poll(() => groupOf(pid), { timeout: 5000 }).toEqual([]);
});

test('a server that is stopped leaves nothing behind, its watchdog included', async () => {
  const server = await startOwnedProcess(sleeper);
  await server.stop();
  await expect.poll(() => groupOf(server.pid), { timeout: 5000 }).toEqual([]);
});

test('a server runs in a process group of its own, out of reach of the Ctrl-C of a terminal', async () => {
  const server = await startOwnedProcess(sleeper);
  expect(await groupOf(server.pid)).not.toEqual([]);
  await server.kill();
});

test('a server that was killed is told to have ended by that signal', async () => {
  const server = await startOwnedProcess(sleeper);
  process.kill(server.pid, 'SIGKILL');
  expect((await server.ended).how).toBe('SIGKILL');
});

test('to kill a server ends what it has started too', async () => {
  const parent = { ...sleeper, command: 'sh', args: ['-c', 'sleep 1000 & echo started; wait'] };
  const started = Promise.withResolvers<string>();
  const server = await startOwnedProcess({ ...parent, onLine: started.resolve });
  await started.promise;
  await server.kill();
  await expect.poll(() => groupOf(server.pid), { timeout: 5000 }).toEqual([]);
});

test('an end that nobody asked for is told, with how it came and the last lines', async () => {
  const lines: string[] = [];
  const server = await startOwnedProcess({
    ...sleeper,
    command: 'sh',
    args: ['-c', 'echo out; echo err >&2; exit 3'],
    onLine: (line) => lines.push(line),
  });
  const { how, lastLines } = await server.ended;
  expect(how).toBe('exit code 3');
  expect(lastLines.split('\n').sort()).toEqual(['err', 'out']);
  expect(lines.sort()).toEqual(['err', 'out']);
});
