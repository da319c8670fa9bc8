import { fileURLToPath } from 'node:url';
import { runCommandLine } from './program.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}
// A reader such as `head` that has seen enough closes the pipe.
process.stdout.on('error', () => {
  stop.abort();
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  environment: process.env,
  signal: stop.signal,
});
if (process.connected) process.disconnect();
