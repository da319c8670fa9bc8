import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { head, trailer } from '../test/fake-bus.ts';
import { wrapSink, type CompletionSink, type SinkHooks } from './completion-sink.ts';

/** A sink that remembers what came. */
function recordingSink() {
  const came: unknown[][] = [];
  const sink: CompletionSink = {
    onHead: (...all) => came.push(['head', ...all]),
    onChunk: (chunk) => came.push(['chunk', Buffer.from(chunk).toString()]),
    onEnd: (...all) => came.push(['end', ...all]),
    onFault: (...all) => came.push(['fault', ...all]),
  };
  return { came, sink };
}

const body = Buffer.from('{}');
const fault = new Fault('upstream_error');

function sendAll({ onChunk, onEnd, onFault, onHead }: CompletionSink): void {
  onHead(head);
  onChunk(Buffer.from('a'));
  onEnd(trailer, body);
  onFault(fault);
}

test('a wrapper without hooks costs nothing: its callbacks are those of the sink that it wraps', () => {
  const { sink } = recordingSink();
  expect(wrapSink(sink, {})).toEqual(sink);
  const { onChunk, ...others } = wrapSink(sink, {
    onChunk: (chunk, next) => {
      next(chunk);
    },
  });
  expect(onChunk).not.toBe(sink.onChunk);
  expect({ ...others, onChunk: sink.onChunk }).toEqual(sink);
});

test('a hook gets what comes, and what it hands on goes on', () => {
  const { came, sink } = recordingSink();
  const passing: SinkHooks = {
    onHead: (known, next) => {
      next({ ...known, model: 'other' });
    },
    onChunk: (chunk, next) => {
      next(chunk);
      next(chunk);
    },
    onEnd: (known, whole, next) => {
      next({ ...known, upstreamMs: 5 }, whole);
    },
    onFault: (_fault, next) => {
      next(new Fault('overloaded'));
    },
  };
  sendAll(wrapSink(sink, passing));
  expect(came).toEqual([
    ['head', { ...head, model: 'other' }],
    ['chunk', 'a'],
    ['chunk', 'a'],
    ['end', { ...trailer, upstreamMs: 5 }, body],
    ['fault', new Fault('overloaded')],
  ]);
});

test('the wrapper that was put on last is the first to see what comes', () => {
  const { came, sink } = recordingSink();
  const adding = (letter: string): SinkHooks => ({
    onChunk: (chunk, next) => {
      next(Buffer.concat([chunk, Buffer.from(letter)]));
    },
  });
  wrapSink(wrapSink(sink, adding('1')), adding('2')).onChunk(Buffer.from('a'));
  expect(came).toEqual([['chunk', 'a21']]);
});
