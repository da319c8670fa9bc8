import { routingConfigSchema, type RoutingConfig } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import { parseOrFault } from '@weir/service-kit/schema-fault';

export {
  maxInlineConfigBytes as maxInlineBytes,
  maxStoredConfigBytes as maxStoredBytes,
} from '@weir/contracts/limits';

/** Deeper than any config that is allowed, and than this nothing is walked: the stack is not a caller's to fill. */
const maxLevels = 32;

const whole = 'The routing config';

/** Reads a config from its JSON. Throws `invalid_config`, whose `param` is the path of what is wrong. */
export function readConfigText(text: string, maxBytes: number): RoutingConfig {
  if (Buffer.byteLength(text) > maxBytes) throw invalid(`must not be larger than ${maxBytes / 1024} KiB`);
  const value = parseJson(text);
  if (isDeeperThan(maxLevels, value)) throw invalid(`must not be nested more than ${maxLevels} levels deep`);
  return readConfigValue(value);
}

/** The same for what is parsed already, and no deeper than a config may be. */
export function readConfigValue(value: unknown): RoutingConfig {
  return parseOrFault(routingConfigSchema, value, { code: 'invalid_config', whole });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text, and with it what may be a key.
    throw invalid('is not valid JSON');
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(levels - 1, item));
}

function invalid(problem: string): Fault {
  return new Fault('invalid_config', { message: `${whole} ${problem}.` });
}
