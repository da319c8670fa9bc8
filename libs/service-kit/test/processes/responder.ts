import { connectTestBus } from '@weir/testkit/test-bus';
import { count } from '@weir/testkit/conformance/contracts';

/**
 * A responder in a process of its own, to be killed: begins every stream, tells its parent, and never ends one that
 * counts further than it can.
 */
const bus = await connectTestBus({ url: process.argv[2] ?? '', service: 'router' });
bus.serveStream(count, async ({ data, envelope, signal }, reply) => {
  process.send?.({ dispatch: envelope.dispatch ?? 0 });
  reply.head({ from: 0 });
  void reply.chunk('0');
  if (data.to > 1)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
  reply.end({ counted: 1 });
});
process.send?.('serving');
