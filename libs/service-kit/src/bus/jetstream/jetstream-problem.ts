import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { sizeText } from '@weir/contracts/limits';
import type { Problem } from '@weir/contracts/problems';

/** What a stream takes of the server that keeps it. */
export interface StreamNeeds {
  readonly stream: string;
  /** JetStream reserves them; undefined where the stream has no limit. */
  readonly maxBytes: number | undefined;
  /** The setting that says so, where there is one. */
  readonly maxBytesSetting: string | undefined;
  readonly replicas: number;
}

/** NATS tells JetStream's errors apart by these numbers (server/errors.json there). */
const apiCodes = {
  /** Not for this account, or not on this server. */
  disabled: [10039, 10076],
  /** Of the server or the account: storage, memory, the size of one stream, the numbers of streams and of consumers. */
  quota: [10002, 10023, 10026, 10027, 10028, 10047, 10120, 10122],
  /** Of a stream that discards nothing for new messages, or of the disk. */
  full: [10077],
  /** A single server, or fewer servers of a cluster with room for it than it wants. */
  replicas: [10005, 10074],
} as const;

type ApiProblem = keyof typeof apiCodes;

const noJetStream: Problem = {
  code: 'jetstream_disabled',
  message:
    'NATS has no JetStream for this service: add jetstream {} to the configuration of the server, and enable it for the account ' +
    'of NATS_URL or NATS_CREDS_FILE; where it was there, the log of the server says why it stopped',
};

/** Why a call to JetStream has failed: in words for an operator, with the setting to look at. `task` is what it was to do. */
export function jetStreamProblem(error: unknown, task: string, needs?: StreamNeeds): Problem {
  if (error instanceof Error && error.name === 'JetStreamNotEnabled') return noJetStream;
  const { message } = error instanceof Error ? error : new Error(String(error));
  // The client's requests wrap it.
  const reason = error instanceof errors.RequestError ? error.cause : error;
  if (reason instanceof errors.PermissionViolationError) {
    return {
      code: 'bus_permission_denied',
      message: `NATS does not let this service ${task} (${reason.operation} ${reason.subject}): compare its user with infra/nats/weir.conf`,
    };
  }
  const kind = error instanceof JetStreamApiError ? apiProblemOf(error.code) : undefined;
  if (kind === 'disabled') return noJetStream;
  if (kind === 'quota' || kind === 'full') {
    return { code: 'jetstream_quota_exceeded', message: noRoom(task, message, needs) };
  }
  if (kind === 'replicas') {
    const wanted = needs ? `${needs.replicas} servers` : 'as many servers as are asked for';
    return {
      code: 'service_unavailable',
      message:
        `JetStream cannot ${task} on ${wanted} (${message}): set WEIR_NATS_REPLICAS to no more than there are servers in the ` +
        'cluster with JetStream and room for it',
    };
  }
  return { code: 'service_unavailable', message: `JetStream failed to ${task}: ${message}` };
}

/** What JetStream answers where it did not store a message. */
export function unstoredProblem(code: number | undefined, reason: string): Problem {
  const kind = code === undefined ? undefined : apiProblemOf(code);
  const fate = 'They are kept in memory until they are, up to 10,000; what comes beyond that is lost';
  if (kind === 'disabled') return { ...noJetStream, message: `${noJetStream.message}. ${fate}` };
  const isQuota = kind === 'quota' || kind === 'full';
  return {
    code: isQuota ? 'jetstream_quota_exceeded' : 'service_unavailable',
    message: `Durable events are not stored (${reason}). ${fate}${isQuota ? '. Look at max_file_store in jetstream {} of NATS, and at its disk' : ''}`,
  };
}

function apiProblemOf(code: number): ApiProblem | undefined {
  const kinds = Object.keys(apiCodes) as ApiProblem[];
  return kinds.find((kind) => (apiCodes[kind] as readonly number[]).includes(code));
}

function noRoom(task: string, reason: string, needs: StreamNeeds | undefined): string {
  const of = needs?.maxBytes === undefined ? '' : ` of ${sizeText(needs.maxBytes)}`;
  const setting = needs?.maxBytesSetting;
  return (
    `JetStream has no room to ${task}${of} (${reason}): raise max_file_store in jetstream {} of NATS, or the limits of its account` +
    (setting ? `, or lower ${setting}` : '')
  );
}
