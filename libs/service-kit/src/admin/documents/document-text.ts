import type { FaultCode } from '@weir/contracts/faults';
import { documentJsonLimits, sizeText } from '@weir/contracts/limits';
import { parseBoundedJson } from '../../bounded-json.ts';
import { Fault } from '../../fault.ts';
import { JsonLimitError } from '../../json-meter.ts';

/** Deeper than any document that is allowed, and than this nothing is walked: the stack is not a caller's to fill. */
const maxLevels = 32;

interface DocumentWords {
  readonly code: FaultCode;
  /** `The routing config`: what a problem without a path is a problem of. */
  readonly whole: string;
  readonly maxBytes: number;
}

/** The value of a document's JSON, which is not deeper than a schema can walk. */
export function readDocumentText(text: string, { code, whole, maxBytes }: DocumentWords): unknown {
  const invalid = (problem: string) => new Fault(code, { message: `${whole} ${problem}.` });
  if (Buffer.byteLength(text) > maxBytes) throw invalid(`must not be larger than ${sizeText(maxBytes)}`);
  const value = parse(text, invalid);
  if (isDeeperThan(maxLevels, value)) throw invalid(`must not be nested more than ${maxLevels} levels deep`);
  return value;
}

function parse(text: string, invalid: (problem: string) => Fault): unknown {
  try {
    return parseBoundedJson(text, documentJsonLimits);
  } catch (thrown) {
    if (thrown instanceof JsonLimitError) throw invalid(`is too large: ${thrown.message}`);
    // The parser's own words quote the text, and with it what may be a key.
    throw invalid('is not valid JSON');
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(levels - 1, item));
}
