import type { IncomingHttpHeaders } from 'node:http';
import { configNameSchema } from '@weir/contracts/admin/routing-configs';
import { givenMetadataSchema } from '@weir/contracts/envelope';
import { maxInlineConfigBytes, sizeText } from '@weir/contracts/limits';
import { parseJsonText } from './json-body.ts';
import { firstSent, invalidHeader, parseHeader, type SentHeader } from './request-headers.ts';

/** A routing config as a request gives it. */
export interface HeaderConfig {
  readonly kind: 'name' | 'inline';
  /** A stored config's name, or the JSON of one that came along. */
  readonly text: string;
  /** Whether it came by a header of Portkey's, so that its sender reads Portkey's of the answer. */
  readonly isPortkeys: boolean;
}

const configHeaders = ['x-weir-config', 'x-portkey-config'];
const providerHeader = 'x-portkey-provider';
const hostHeader = 'x-portkey-custom-host';
const credentialHeader = 'x-portkey-virtual-key';

/** Each of them says something of the one target. */
const targetHeaders = [providerHeader, credentialHeader, hostHeader];

/**
 * The config that a request's headers name or hold; undefined where they do neither. An inline one is JSON, and no more
 * is known of it: what it says is the router's to judge. Throws `invalid_header`.
 */
export function configFromHeaders(headers: IncomingHttpHeaders): HeaderConfig | undefined {
  const sent = firstSent(headers, configHeaders);
  const [targetHeader] = targetHeaders.flatMap((name) => firstSent(headers, [name]) ?? []);
  if (!sent) return targetHeader && inline(singleTarget(headers), targetHeader.name);
  if (targetHeader) {
    throw invalidHeader(targetHeader.name, `cannot stand beside ${sent.name}: the config says it`);
  }
  return sent.text.startsWith('{') ? inline(parsed(sent), sent.name) : named(sent);
}

/** A provider, or one of its credentials, that is named by headers is a config of one target. */
function singleTarget(headers: IncomingHttpHeaders): string {
  const textOf = (name: string) => firstSent(headers, [name])?.text;
  return JSON.stringify({
    provider: textOf(providerHeader),
    virtual_key: textOf(credentialHeader),
    custom_host: textOf(hostHeader),
  });
}

function named({ name, text }: SentHeader): HeaderConfig {
  if (!configNameSchema.safeParse(text).success) {
    throw invalidHeader(name, "must be a stored config's name, or a config as a JSON object");
  }
  return { kind: 'name', text, isPortkeys: isPortkeys(name) };
}

function inline(text: string, header: string): HeaderConfig {
  if (Buffer.byteLength(text) > maxInlineConfigBytes) {
    throw invalidHeader(
      header,
      `must be at most ${sizeText(maxInlineConfigBytes)}; store the config and send its name`,
    );
  }
  return { kind: 'inline', text, isPortkeys: isPortkeys(header) };
}

/** The text as it was sent, which is JSON. */
function parsed({ name, text }: SentHeader): string {
  parseJsonText(text, (reason) => invalidHeader(name, `is not valid JSON: ${reason}`));
  return text;
}

const isPortkeys = (header: string) => header.startsWith('x-portkey-');

const metadataHeaders = ['x-weir-metadata', 'x-portkey-metadata'];

/** What a request's headers say of it. Throws `invalid_header`, which names the header and the key at fault. */
export function metadataFromHeaders(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  const sent = firstSent(headers, metadataHeaders);
  if (!sent) return undefined;
  const { name, text } = sent;
  const value = parseJsonText(text, (reason) => invalidHeader(name, `is not valid JSON: ${reason}`));
  return parseHeader(givenMetadataSchema, value, name);
}

export const portkeyTraceHeader = 'x-portkey-trace-id';

/** By which id the caller will look for its request; undefined where it has not said. Throws `invalid_header`. */
export function portkeyTraceIdFromHeaders(headers: IncomingHttpHeaders): string | undefined {
  const value = headers[portkeyTraceHeader];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[\x20-\x7e]{1,128}$/.test(value)) return value;
  throw invalidHeader(portkeyTraceHeader, 'must be 1 to 128 printable ASCII characters');
}
