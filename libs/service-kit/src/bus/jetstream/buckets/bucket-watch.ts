import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type PushConsumer,
} from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/transport-node';
import type { KeyState } from './read-entry.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import { isDeletion } from './bucket-layout.ts';

interface WatchParts {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly api: JetStreamApi;
  /** The bucket's stream: `KV_weir-routing-configs`. */
  readonly stream: string;
  /** What comes before a key in its subject: `$KV.weir-routing-configs.`. */
  readonly keyPrefix: string;
  readonly inboxPrefix: string;
  /** Called once, before any change, with the newest state of each key. */
  readonly onSnapshot: (states: readonly KeyState[]) => void;
  readonly onChange: (state: KeyState) => void;
}

/** A watch that has heard nothing for two or three of these is broken. */
const heartbeatMs = 2_000;

/** How long the server keeps the consumer of a watch that has gone. */
const inactiveThresholdMs = 10_000;

/**
 * The states of a bucket's keys, and from then on every change in its order, until something is missing or may be: then
 * it has ended, and the next one begins with all states anew. (The client's own watch tries to go on where it stood. It
 * notices after a minute that it must, and where the bucket itself was made anew, its revisions with it, it waits for ever.)
 */
export class BucketWatch {
  /** Resolves with what has ended it. */
  readonly ended: Promise<Error>;
  readonly #parts: WatchParts;
  /** How many states there were when it began. */
  readonly #there: number;
  readonly #end: (reason: Error) => void;
  #messages: ConsumerMessages | undefined;
  #snapshot: KeyState[] | undefined = [];
  #received = 0;

  static async begin(parts: WatchParts): Promise<BucketWatch> {
    const { client, manager, api, stream, keyPrefix, inboxPrefix } = parts;
    const inbox = createInbox(inboxPrefix);
    const delivery = { deliver_subject: inbox, idle_heartbeat: nanos(heartbeatMs) };
    const { num_pending: there } = await api.run(`watch ${stream}`, () =>
      manager.consumers.add(stream, {
        ...delivery,
        name: `watch-${inbox.slice(inboxPrefix.length + 1)}`,
        filter_subject: `${keyPrefix}>`,
        deliver_policy: DeliverPolicy.LastPerSubject,
        ack_policy: AckPolicy.None,
        max_deliver: 1,
        flow_control: true,
        inactive_threshold: nanos(inactiveThresholdMs),
        mem_storage: true,
        num_replicas: 1,
      }),
    );
    const watch = new BucketWatch(parts, there);
    // Only now is there somebody to send to: nothing has come before.
    await watch.#consume(await client.consumers.getBoundPushConsumer(delivery));
    return watch;
  }

  private constructor(parts: WatchParts, there: number) {
    this.#parts = parts;
    this.#there = there;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.ended = promise;
    this.#end = resolve;
  }

  stop(reason: Error): void {
    this.#end(reason);
    void this.#messages?.close();
  }

  async #consume(consumer: PushConsumer): Promise<void> {
    const messages = await consumer.consume({
      callback: (message) => {
        this.#receive(message);
      },
    });
    this.#messages = messages;
    void messages.closed().then((error) => {
      this.#end(error instanceof Error ? error : new Error('the watch was closed'));
    });
    void this.#observe(messages);
    if (this.#there === 0) this.#finishSnapshot();
  }

  #receive(message: JsMsg): void {
    const { deliverySequence, pending } = message.info;
    if (deliverySequence !== ++this.#received) {
      this.stop(new Error('a change is missing'));
      return;
    }
    const state = this.#stateIn(message);
    if (!this.#snapshot) {
      this.#parts.onChange(state);
      return;
    }
    this.#snapshot.push(state);
    if (pending === 0 || this.#received >= this.#there) this.#finishSnapshot();
  }

  async #observe(messages: ConsumerMessages): Promise<void> {
    for await (const notification of messages.status()) {
      const { type } = notification;
      if (type === 'flow_control') continue;
      if (type !== 'heartbeat') this.stop(new Error(`the server says ${type}`));
      else if (notification.lastConsumerSequence > this.#received)
        this.stop(new Error('a change is missing'));
      // The server is idle: what it counted and has not sent was deleted in the meantime.
      else this.#finishSnapshot();
    }
  }

  #finishSnapshot(): void {
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    if (snapshot) this.#parts.onSnapshot(snapshot);
  }

  #stateIn(message: JsMsg): KeyState {
    const { keyPrefix } = this.#parts;
    return {
      key: message.subject.slice(keyPrefix.length),
      json: isDeletion(message.headers) ? undefined : message.string(),
      revision: message.seq,
      atMs: message.time.getTime(),
    };
  }
}
