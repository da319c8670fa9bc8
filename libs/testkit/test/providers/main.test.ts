import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../../src/providers/main.ts', import.meta.url));

const announcementSchema = z.object({ url: z.url() });

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts the fake provider as a process and reads the line in which it says where it listens. */
async function startProcess(environment: Record<string, string>) {
  const env = { ...process.env, ...environment };
  const child = fork(MAIN, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  if (child.stdout === null) throw new Error('The child has no stdout.');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, url: announcementSchema.parse(JSON.parse(line)).url };
}

test('it says where it listens and answers as its environment tells it to', async () => {
  const { child, url } = await startProcess({ FAKE_PROVIDER_LEAD: 'Hello from the demo.' });
  const body = JSON.stringify({ model: 'm', prompt: 'hi', stream: false });
  const response = await fetch(`${url}/api/generate`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ response: 'Hello from the demo. You said: hi' });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('it ends when its parent is gone', async () => {
  const { child } = await startProcess({});
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
