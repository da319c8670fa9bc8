import { errors, type Msg, type NatsConnection, type Status } from '@nats-io/transport-node';
import { isControlSubject, type StreamControlMessage as ControlMessage } from '@weir/contracts/frames';
import { type Clock, isDoneWithin } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { JsonReader } from '../../json-reader.ts';
import type { Logger } from '../../logger.ts';
import type { MovableConnection } from './connection-rebalancer.ts';
import type { Problems } from '../../problems.ts';
import type { ConnectionDiagnosis } from './connection-diagnosis.ts';
import { connectToNats, watchConnection, type NatsSettings } from './nats-connection.ts';
import { StreamControl } from '../rpc/stream-control.ts';
import { acceptedName, readFrame } from './message-headers.ts';
import type { Permissions } from './permissions.ts';
import { ReplyInbox } from './reply-inbox.ts';
import { InFlightRequests } from '../rpc/in-flight-requests.ts';
import { MessageAges } from '../rpc/message-ages.ts';
import { ResponderLiveness } from '../rpc/responder-liveness.ts';
import { BatchingPublisher } from './batching-publisher.ts';
import { PermissionMonitor } from './permission-monitor.ts';
import type { ConnectionRole, ServerChoice } from './server-choice.ts';
import { ServedEndpoints } from './served-endpoints.ts';
import { Subscriber } from './subscriber.ts';

export interface BusConnectionOptions {
  settings: NatsSettings;
  service: string;
  /** Unique among all instances, and among the connections of one. */
  id: string;
  /** What goes through it: operators are told. Without what goes through `requests` no process is ready. */
  role: ConnectionRole;
  problems: Problems;
  servers: ServerChoice;
  clock: Clock;
  logger: Logger;
  /** The connection is there again, or no more. */
  onChanged?: ((connected: boolean) => void) | undefined;
  /** Told when the connection is missing, so that it says why. */
  diagnosis: Pick<ConnectionDiagnosis, 'lost' | 'restored'>;
  /** The connection is closed for good, though nobody asked for it. */
  onClosed: () => void;
}

/** How long a server may take to say that it has all that was sent, and nothing more to tell. */
const closeTimeoutMs = 1_500;

/**
 * A connection to NATS with all that ends when it does: the requests sent through it and the requests answered through it.
 */
export class BusConnection implements MovableConnection {
  readonly nats: NatsConnection;
  readonly subscriber: Subscriber;
  readonly endpoints: ServedEndpoints;
  readonly publisher: BatchingPublisher;
  readonly inbox: ReplyInbox;
  readonly responderLiveness: ResponderLiveness;
  readonly streamControl: StreamControl;
  readonly inFlight: InFlightRequests;
  readonly messageAges: MessageAges;
  readonly reader = new JsonReader();
  /** What every inbox of this service begins with. */
  readonly inboxPrefix: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onChanged: (connected: boolean) => void;
  readonly #onClosed: () => void;
  readonly #servers: ServerChoice;
  readonly #diagnosis: BusConnectionOptions['diagnosis'];
  readonly #id: string;
  readonly #permissionMonitor: PermissionMonitor;
  #connected = true;
  #lost = new AbortController();
  #closing = false;
  #isMoving = false;

  static async open(options: BusConnectionOptions): Promise<BusConnection> {
    const { settings, service, id, servers, logger, diagnosis } = options;
    const [name, inboxPrefix] = [`${service} ${id}`, inboxPrefixOf(service)];
    diagnosis.lost(id);
    try {
      const connection = await connectToNats({ ...settings, name, inboxPrefix, servers, logger });
      return new BusConnection(connection, options);
    } finally {
      diagnosis.restored(id);
    }
  }

  private constructor(
    connection: NatsConnection,
    {
      service,
      id,
      role,
      servers,
      clock,
      logger,
      problems,
      diagnosis,
      onChanged,
      onClosed,
    }: BusConnectionOptions,
  ) {
    this.nats = connection;
    this.inboxPrefix = inboxPrefixOf(service);
    this.#onChanged = onChanged ?? (() => undefined);
    this.#onClosed = onClosed;
    this.#servers = servers;
    servers.connected(connection.getServer());
    this.#diagnosis = diagnosis;
    this.#id = id;
    this.#clock = clock;
    this.#logger = logger;
    this.publisher = new BatchingPublisher({
      connection,
      isConnected: () => this.#connected,
      refusal: (message) => this.#permissionMonitor.refusal(message),
      onLost: (error, subject) => {
        logger.error({ err: error, subject }, 'a message could not be published');
      },
    });
    this.subscriber = new Subscriber({ connection, logger });
    this.endpoints = new ServedEndpoints({
      id,
      queue: service,
      subscriber: this.subscriber,
      publisher: this.publisher,
      isConnected: () => this.#connected,
    });
    this.inbox = new ReplyInbox({
      subscriber: this.subscriber,
      prefix: `${this.inboxPrefix}.${id}`,
      clock,
      onStray: (message) => {
        this.#refuseStray(message);
      },
    });
    this.responderLiveness = new ResponderLiveness(this.inbox, this.publisher, clock);
    const { subscriber, publisher } = this;
    const prefix = `weir.v1.${service}.control.${id}`;
    this.streamControl = new StreamControl({ subscriber, publisher, prefix, clock });
    this.inFlight = new InFlightRequests(clock);
    this.#permissionMonitor = new PermissionMonitor({
      id,
      isVital: role === 'requests',
      connection,
      isConnected: () => this.#connected,
      subscriber,
      inbox: this.inbox,
      streamControl: this.streamControl,
      problems,
      clock,
    });
    this.messageAges = new MessageAges({ clock });
    void watchConnection(connection, (status) => {
      this.#follow(status);
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Aborted when the connection that there is now is lost, and as long as there is none. */
  get connectionLost(): AbortSignal {
    return this.#lost.signal;
  }

  /** `host:port`. */
  get server(): string {
    return this.nats.getServer();
  }

  /** The same however the server is reached. */
  get serverId(): string | undefined {
    return this.nats.info?.server_id;
  }

  get home(): string | undefined {
    return this.#servers.home(this.nats.getServers());
  }

  get canMove(): boolean {
    return this.#connected && this.nats.getServers().length > 1;
  }

  get isServerStopping(): boolean {
    return this.nats.info?.ldm ?? false;
  }

  /** Goes to another server as when the connection is lost: for what is asked again by itself, as all that is JetStream's. */
  async move(): Promise<void> {
    this.#isMoving = true;
    await this.nats.reconnect();
  }

  /** Whether nothing is asked through it and nothing answered. */
  get isIdle(): boolean {
    return this.inbox.size === 0 && this.inFlight.size === 0;
  }

  /** Resolves when the server has all that was sent, or the connection is lost. */
  async flushed(): Promise<void> {
    await this.nats.flush().catch(() => undefined);
  }

  get permissions(): Permissions {
    return this.#permissionMonitor.permissions;
  }

  /** What sending a request needs. */
  get requesterParts() {
    return {
      inbox: this.inbox,
      publisher: this.publisher,
      reader: this.reader,
      liveness: this.responderLiveness,
      clock: this.#clock,
    };
  }

  async close(): Promise<void> {
    this.inbox.stop();
    this.#permissionMonitor.stop();
    this.responderLiveness.stop();
    this.inFlight.stop();
    this.messageAges.stop();
    this.streamControl.stop();
    // Its own requests that are still open end here, and so does the work on them in other services.
    this.inbox.lose(new Fault('bus_disconnected'));
    // The publisher writes what was sent in this turn of the event loop in the next one.
    await new Promise((resolve) => setImmediate(resolve));
    const wasConnected = this.#connected;
    // From here on sending throws `bus_disconnected`, as without a connection.
    this.#connected = false;
    this.#lost.abort();
    this.#closing = true;
    this.#diagnosis.restored(this.#id);
    // A server that hangs answers nothing that it could be waited for, and one that ends meanwhile fails it.
    const drained = async () => isDoneWithin(this.nats.drain(), closeTimeoutMs, this.#clock);
    const isDrained = wasConnected && (await drained().catch(() => false));
    if (!isDrained) await this.nats.close();
  }

  /** A responder has accepted a request that is closed: it is told to cancel, or it would work for nobody. */
  #refuseStray(message: Msg): void {
    if (readFrame(message)?.kind !== 'accepted' || !isControlSubject(message.string())) return;
    const stream = acceptedName(message, message.subject);
    const cancel: ControlMessage = { stream, cancel: true };
    this.publisher.trySend({ subject: message.string(), data: JSON.stringify(cancel) });
  }

  #follow(status: Status): void {
    if (status.type === 'disconnect' && this.#connected) {
      this.#connected = false;
      this.#lost.abort();
      const { server } = status;
      if (this.#isMoving) this.#logger.debug({ server }, 'leaves a server of NATS');
      else this.#logger.warn({ server }, 'lost the connection to NATS');
      if (!this.#closing) this.#diagnosis.lost(this.#id);
      this.publisher.clear();
      const fault = new Fault('bus_disconnected');
      this.inbox.lose(fault);
      this.inbox.renew();
      this.inFlight.abortAll(fault);
      this.streamControl.renew();
      this.#onChanged(false);
    } else if (status.type === 'reconnect') {
      this.#connected = true;
      this.#lost = new AbortController();
      this.#isMoving = false;
      this.#servers.connected(status.server);
      this.#diagnosis.restored(this.#id);
      this.#logger.info({ server: status.server }, 'connected to NATS again');
      this.#onChanged(true);
    } else if (status.type === 'error' && status.error instanceof errors.PermissionViolationError) {
      this.#permissionMonitor.violated(status.error);
    } else if (status.type === 'error' && !isAuthenticationError(status.error)) {
      this.#logger.error({ err: status.error }, 'NATS reports an error');
    } else if (status.type === 'slowConsumer') {
      this.#logger.warn('this service is slower than its messages come');
    } else if (status.type === 'close' && !this.#closing) {
      this.#connected = false;
      this.#onClosed();
    }
  }
}

/** It comes with each try to connect; the diagnosis tells of it. */
function isAuthenticationError(error: Error): boolean {
  return error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;
}

/** Only the service itself may listen below it. */
export function inboxPrefixOf(service: string): string {
  return `_INBOX_${service}`;
}
