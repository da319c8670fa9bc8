import { BusConnection, inboxPrefixOf, type BusConnectionOptions } from './bus-connection.ts';
import type { Fault } from '../../fault.ts';
import { ConnectionDiagnosis } from './connection-diagnosis.ts';
import { ConnectionRebalancer } from './connection-rebalancer.ts';
import { canReach } from './nats-connection.ts';
import { RequestsConnection } from './requests-connection.ts';
import { ServerChoice } from './server-choice.ts';

interface ConnectionsOptions extends Omit<
  BusConnectionOptions,
  'id' | 'role' | 'servers' | 'diagnosis' | 'onChanged'
> {
  /** Of the process. */
  readonly instance: string;
  /** From 0 to 1: when connections are moved. */
  readonly random?: () => number;
}

const jetStreamProblem = 'nats jetstream';

/** A connection that moves to another server, or whose server is restarted, is back by then. */
const reportLossAfterMs = 1_000;

/**
 * A service's connections to NATS. What is for JetStream has one of its own: a server reads what a connection sends in its order, and
 * one that hangs over a full disk (2.9 does) would answer nothing any more that came after a publish to JetStream.
 */
export class BusConnections {
  readonly requests: RequestsConnection;
  readonly jetStream: BusConnection;
  readonly #rebalancer: ConnectionRebalancer;

  /** Resolves once both are made. */
  static async open(options: ConnectionsOptions): Promise<BusConnections> {
    const { settings, service, instance, clock, problems } = options;
    const [name, inboxPrefix] = [`${service} ${instance}`, inboxPrefixOf(service)];
    const diagnosis = new ConnectionDiagnosis({ settings, name, inboxPrefix, problems, clock });
    const shared = { ...options, diagnosis };
    let opened = 0;
    const openRequests = (leaving?: string) => {
      const role = 'requests';
      const id = opened++ === 0 ? instance : `${instance}-${opened}`;
      return BusConnection.open({
        ...shared,
        role,
        id,
        servers: new ServerChoice({ role, instance, leaving }),
      });
    };
    const openJetStream = () => {
      const role = 'jetStream';
      const servers = new ServerChoice({ role, instance });
      const onChanged = lossReporter(options);
      return BusConnection.open({ ...shared, role, id: `${instance}-jetstream`, servers, onChanged });
    };
    const [first, jetStream] = await Promise.all([openRequests(), openJetStream()]);
    const requests = new RequestsConnection({ first, open: openRequests, clock });
    return new BusConnections(requests, jetStream, options);
  }

  private constructor(
    requests: RequestsConnection,
    jetStream: BusConnection,
    { settings, service, instance, clock, logger, random = Math.random }: ConnectionsOptions,
  ) {
    this.requests = requests;
    this.jetStream = jetStream;
    const asThis = { ...settings, name: `${service} ${instance}`, inboxPrefix: inboxPrefixOf(service) };
    this.#rebalancer = new ConnectionRebalancer({
      connections: [requests, jetStream],
      canReach: (server) => canReach(server, asThis),
      clock,
      logger,
      random,
    });
  }

  /** Ends what is being worked on for others. */
  abortAll(fault: Fault): void {
    this.requests.abortAll(fault);
  }

  async close(): Promise<void> {
    this.#rebalancer.stop();
    await Promise.all([this.requests.close(), this.jetStream.close()]);
  }
}

/** Requests go on without JetStream, on what was known by then: its loss is told, and blocks nothing. */
function lossReporter({ clock, problems }: ConnectionsOptions): (connected: boolean) => void {
  let forget: () => void = () => undefined;
  return (connected) => {
    forget();
    if (connected) {
      problems.clear(jetStreamProblem);
      return;
    }
    const since = new Date(clock.nowMs()).toISOString();
    const message = `no connection to NATS for JetStream since ${since}: what is kept there is known as of then, and events wait in this process's memory`;
    forget = clock.after(reportLossAfterMs, () => {
      problems.report(jetStreamProblem, { code: 'bus_disconnected', message, blocks: false });
    });
  };
}
