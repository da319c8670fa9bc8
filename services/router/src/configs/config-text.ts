import { routingConfigSchema, type RoutingConfig } from '@weir/contracts/routing/config';
import { readDocumentText } from '@weir/service-kit/admin/documents/document-text';
import { parseOrFault } from '@weir/service-kit/schema-fault';

export {
  maxInlineConfigBytes as maxInlineBytes,
  maxStoredConfigBytes as maxStoredBytes,
} from '@weir/contracts/limits';

const words = { code: 'invalid_config', whole: 'The routing config' } as const;

/** Reads a config from its JSON. Throws `invalid_config`, whose `param` is the path of what is wrong. */
export function readConfigText(text: string, maxBytes: number): RoutingConfig {
  return readConfigValue(readDocumentText(text, { ...words, maxBytes }));
}

/** The same for what is parsed already, and no deeper than a config may be. */
export function readConfigValue(value: unknown): RoutingConfig {
  return parseOrFault(routingConfigSchema, value, words);
}
