import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locate } from '@weir/local-servers/locate';
import type { Program } from '@weir/local-servers/program';
import { testKey } from '@weir/testkit/gateway';

const wrk: Program = {
  command: 'wrk',
  aptPackage: 'wrk',
  brewFormula: 'wrk',
  image: 'williamyeh/wrk',
  folders: [],
};

/** wrk asks for each request, which costs it some microseconds. */
const varied = `local n = os.time() * 1000000
     request = function()
       n = n + 1
       return wrk.format(nil, nil, nil, (string.gsub(wrk.body, '{n}', string.format('%d', n))))
     end`;

export interface Load {
  url: string;
  /** In it `{n}` becomes another number with each request. */
  body: string;
  connections: number;
  seconds: number;
  /** The virtual key; the one that may do everything unless given. */
  key?: string;
}

export interface LoadResult {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were not 2xx or 3xx, and connections that failed. */
  errors: number;
}

/** Posts the body as fast as the connections allow. wrk is written in C, so that it leaves the cores to what is measured. */
export async function runLoad({ url, body, connections, seconds, key = testKey }: Load): Promise<LoadResult> {
  const located = await locate(wrk);
  if (!('file' in located)) throw new Error('wrk is not installed: install it with apt or brew');
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const script = join(folder, 'post.lua');
  writeFileSync(
    script,
    `wrk.method = "POST"
     wrk.body = ${JSON.stringify(body)}
     wrk.headers["content-type"] = "application/json"
     wrk.headers["authorization"] = "Bearer ${key}"
     ${body.includes('{n}') ? varied : ''}
     done = function(summary, latency)
       local e = summary.errors
       io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6,
         latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
     end`,
  );
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url];
    const { stdout } = await promisify(execFile)(located.file, args);
    const [, rps, p50, p99, errors] = /RESULT (\S+) (\S+) (\S+) (\S+)/.exec(stdout) ?? [];
    return { requestsPerSecond: Number(rps), p50Ms: Number(p50), p99Ms: Number(p99), errors: Number(errors) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
