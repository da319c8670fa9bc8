import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageStream } from '@weir/contracts/usage-events';
import { keptSizes } from '@weir/testkit/conformance/buckets';
import { double } from '@weir/testkit/conformance/contracts';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { natsWith } from '@weir/testkit/servers/nats';
import { startAsProcess } from '@weir/testkit/servers/process';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { connectTestBus, createTestProblems } from '@weir/testkit/test-bus';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
let server: TestServer;
const config = () => join(folder, 'nats.conf');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-jetstream-'));
  await writeFile(config(), '# no JetStream');
  server = await startAsProcess(natsWith(config()));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function restartWith(jetStream: string): Promise<void> {
  await writeFile(config(), `jetstream { store_dir: $WEIR_NATS_STORE_DIR, ${jetStream} }`);
  await server.restart();
}

test('without JetStream and without room requests go on, one line names the setting, and it heals by itself', async () => {
  const problems = createTestProblems();
  const bus = await connectTestBus({ url: server.url, service: 'router', problems });
  const stream = { ...usageStream, maxBytes: 2 ** 30, maxBytesSetting: 'WEIR_USAGE_STREAM_MAX_BYTES' };
  try {
    await bus.ensureStream(stream);
    expect(problems.list()).toMatchObject([{ code: 'jetstream_disabled' }]);
    bus.serve(double, ({ data }) => ({ value: data.value * 2 }));
    await bus.served();
    expect(await bus.request(double, { value: 2 }, testEnvelope())).toEqual({ value: 4 });
    expect(problems.missing).toEqual([]);

    await restartWith('max_file: 512MB');
    await eventually(() => {
      expect(problems.list()).toEqual([
        {
          code: 'jetstream_quota_exceeded',
          message: expect.stringMatching(/1024 MiB.*max_file_store.*WEIR_USAGE_STREAM_MAX_BYTES/) as string,
        },
      ]);
    });
    // What has room is made.
    await bus.store(keptSizes);

    await restartWith('max_file: 2GB');
    await eventually(() => {
      expect(problems.list()).toEqual([]);
    });
  } finally {
    await bus.drain();
  }
});
