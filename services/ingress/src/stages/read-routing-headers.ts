import type { Envelope } from '@weir/contracts/envelope';
import { traceIdOf } from '@weir/service-kit/trace-context';
import { checkPortkeyHeaders } from '../domain/portkey-headers.ts';
import {
  configFromHeaders,
  type HeaderConfig,
  metadataFromHeaders,
  portkeyTraceHeader,
  portkeyTraceIdFromHeaders,
} from '../domain/routing-headers.ts';
import type { RequestContext } from '../request-context.ts';
import type { Stage } from './stage.ts';

export interface RoutingHeaders {
  /** With what the caller says of its request, and with the name of the config by which it is routed. */
  readonly envelope: Envelope;
  /** The config that the request has chosen by itself. */
  readonly sentConfig?: HeaderConfig;
  /** The JSON of a config that came along. It may hold keys: it crosses the bus sealed. */
  readonly inlineConfig?: string;
  /** Whether the answer's headers are told in Portkey's names too. */
  readonly speaksPortkey: boolean;
}

/**
 * Reads how the request is to be routed: by the config in its headers, else by the one that its key is bound to; where
 * there is neither the router takes the stored config `default`, if there is one.
 */
export const readRoutingHeaders: Stage<RequestContext, RoutingHeaders> = (request, next) => {
  const { authenticated, envelope, headers, response } = request;
  response.warnings = checkPortkeyHeaders(headers);
  const ownTraceId = portkeyTraceIdFromHeaders(headers);
  if (ownTraceId !== undefined) response.headers = [portkeyTraceHeader, ownTraceId];
  const sent = configFromHeaders(headers);
  const speaksPortkey = sent?.isPortkeys ?? false;
  if (speaksPortkey) {
    response.headers = [portkeyTraceHeader, ownTraceId ?? traceIdOf(response.traceparent)];
  }
  const isInline = sent?.kind === 'inline';
  const config = isInline ? undefined : (sent?.text ?? authenticated.config);
  const ownMetadata = metadataFromHeaders(headers);
  return next({
    envelope: {
      ...envelope,
      // What its key says of a request no caller can take back.
      ...(ownMetadata && { metadata: { ...ownMetadata, ...authenticated.metadata } }),
      ...(config !== undefined && { config }),
    },
    speaksPortkey,
    ...(sent && { sentConfig: sent }),
    ...(isInline && { inlineConfig: sent.text }),
  });
};
