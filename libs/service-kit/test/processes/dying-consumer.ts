import { connectTestBus } from '@weir/testkit/test-bus';
import { used } from '@weir/testkit/conformance/contracts';

/** A replica that tells what it has handled, and never comes to acknowledge it: its test kills it first. */
const [url = ''] = process.argv.slice(2);
const bus = await connectTestBus({ url, service: 'router' });
bus.consume(used, async (events) => {
  process.send?.(events.map(({ id }) => id));
  await new Promise(() => undefined);
});
