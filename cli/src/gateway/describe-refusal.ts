import { AdminApiError } from '@weir/admin-client/admin-api-error';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { CommandError } from '../context.ts';
import type { Gateway } from './find-gateway.ts';
import { NoAnswerError } from './gateway-fetch.ts';

/** What was asked of whom. */
export interface Asked {
  readonly endpoint: AdminEndpoint;
  readonly gateway: Gateway;
  /** The command that shows what a change was to be made of: `weir keys show abcdefgh`. */
  readonly showCommand: string;
  /** Under which a repetition is done once. */
  readonly idempotencyKey?: string | undefined;
}

/** What went wrong with a call of the admin API, and what to do next. Anything else is passed on as it is. */
export function describeRefusal(error: unknown, asked: Asked): unknown {
  if (error instanceof NoAnswerError) {
    return new CommandError(`${noAnswer(error, asked)}${afterwards(error, asked)}`, { cause: error });
  }
  if (error instanceof AdminApiError) return new CommandError(refusal(error, asked), { cause: error });
  return error;
}

function noAnswer({ reason, cause }: NoAnswerError, { gateway: { url } }: Asked): string {
  switch (reason) {
    case 'refused':
      return `No gateway answers at ${url}. Is it running (npm start)? Another address: --url or WEIR_URL.`;
    case 'unknown_host':
      return `The host of ${url} is not known. Another address: --url or WEIR_URL.`;
    case 'untrusted':
      return `The certificate of ${url} is not to be trusted (${codeOf(cause)}). Name your own authority's in NODE_EXTRA_CA_CERTS.`;
    case 'timeout':
      return `The gateway at ${url} did not answer in time. What is wrong with it: weir status`;
    case 'lost':
      return `The connection to ${url} was lost.`;
    case 'stopped':
      return 'Stopped.';
  }
}

/** A change without an answer may have been made. */
function afterwards({ wasSent }: NoAnswerError, { endpoint, idempotencyKey, showCommand }: Asked): string {
  if (!wasSent || endpoint.http.method === 'GET') return '';
  const again =
    idempotencyKey === undefined
      ? `look with: ${showCommand}`
      : `repeat the command with --idempotency-key ${idempotencyKey}, and it is done once.`;
  return ` It may have been done: ${again}`;
}

function refusal(error: AdminApiError, { endpoint, gateway, showCommand }: Asked): string {
  const { code, message, status } = error;
  if (code === 'unexpected_response') {
    return status < 400 && status >= 200 && status < 300
      ? `${message} Is this command as new as the gateway at ${gateway.url}?`
      : `What answers at ${gateway.url} is not Weir's admin API (status ${status}). Check --url or WEIR_URL.`;
  }
  if (status === 401) {
    return `${message} It came from ${gateway.keySource}, for ${gateway.url}. Log in with another one: weir login --url ${gateway.url}`;
  }
  if (code === 'insufficient_scope') return `${message} ${scopeNeeded(endpoint)}`;
  if (code === 'revision_conflict') return `${message} Read it again: ${showCommand}`;
  if (code === 'route_not_found')
    return `${message} Is this command newer than the gateway at ${gateway.url}?`;
  if (status === 404 && endpoint.http.params) {
    return `${message} Those that there are: ${showCommand.replace(/ show .*/, ' list')}`;
  }
  const where = error.param === undefined ? '' : ` (${error.param})`;
  const inLog = status >= 500 && error.requestId ? ` The gateway's log tells more: ${error.requestId}` : '';
  return `${message}${message.includes(error.param ?? '') ? '' : where}${inLog}`;
}

function scopeNeeded({ http: { method, reach, scope } }: AdminEndpoint): string {
  const scopes = [...new Set([scope, ...(method === 'GET' ? ['read'] : []), 'owner'])].join(' or ');
  const confined = reach === 'organisation' ? '' : ', and is not confined to one organisation';
  return `This takes an admin key with the scope ${scopes}${confined}. Somebody who is owner makes one: weir admin-keys create --scopes ${scope}`;
}

const codeOf = (cause: unknown): string =>
  (cause as { cause?: { code?: string } } | undefined)?.cause?.code ?? 'TLS';
