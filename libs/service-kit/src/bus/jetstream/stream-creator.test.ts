import { JetStreamApiError, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { expect, test, vi } from 'vitest';
import type { Logger } from '../../logger.ts';
import type { WantedStream } from './stream-config.ts';
import { StreamCreator } from './stream-creator.ts';

const asked: WantedStream = { name: 'USAGE', subjects: ['usage.>'], max_bytes: 100, deny_purge: false };

function setUp(there: Partial<StreamConfig> | JetStreamApiError) {
  const warn = vi.fn();
  const add = vi.fn(async () => ({}) as StreamInfo);
  const creator = new StreamCreator({ warn } as unknown as Logger);
  const info = async () => {
    if (there instanceof JetStreamApiError) throw there;
    return { config: there } as StreamInfo;
  };
  return { warn, add, make: () => creator.create({ streams: { info, add } }, asked) };
}

test('a stream that is not there is made', async () => {
  const notFound = new JetStreamApiError({ code: 404, err_code: 10059, description: 'stream not found' });
  const { add, make, warn } = setUp(notFound);
  await make();
  expect(add).toHaveBeenCalledExactlyOnceWith(asked);
  expect(warn).not.toHaveBeenCalled();
});

test('one of which nothing can be learnt is not', async () => {
  const { add, make } = setUp(new JetStreamApiError({ code: 503, err_code: 10008, description: 'no' }));
  await expect(make()).rejects.toThrow('no');
  expect(add).not.toHaveBeenCalled();
});

test('one that is there as it should be is left alone in silence, whatever else it has', async () => {
  const { add, make, warn } = setUp({ subjects: ['usage.>'], name: 'USAGE', max_bytes: 100, max_age: 5 });
  await make();
  expect(add).not.toHaveBeenCalled();
  expect(warn).not.toHaveBeenCalled();
});

test('one that is there with other limits is left alone, and the log says so, once', async () => {
  const { add, make, warn } = setUp({ ...asked, max_bytes: 50 });
  await make();
  await make();
  expect(add).not.toHaveBeenCalled();
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    { stream: 'USAGE', differences: [{ setting: 'max_bytes', asked: 100, there: 50 }] },
    'a stream has other settings than it should',
  );
});
