import { createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Loaded into each service before its own code (`--import`): tells how long its event loop was blocked since it was asked last. */

/** How often the loop is looked at. */
const periodMs = 4;

const folder = process.env['WEIR_LOOP_PROBES'];

if (isMainThread && folder !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let cpuAtTick = threadCpuMs();
  let blockCpuMs = 0;
  setInterval(() => {
    const cpuMs = threadCpuMs();
    blockCpuMs = Math.max(blockCpuMs, cpuMs - cpuAtTick);
    cpuAtTick = cpuMs;
  }, periodMs).unref();
  createServer((socket) => {
    socket.on('error', () => undefined);
    const maxRssMb = process.resourceUsage().maxRSS / 1024;
    socket.end(JSON.stringify({ blockMs: delay.max / 1e6, blockCpuMs, maxRssMb }));
    delay.reset();
    blockCpuMs = 0;
  })
    .listen(join(folder, `${process.pid}.sock`))
    .unref();
}

/** Of the thread that the event loop is on: what other processes take of the machine does not count. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
