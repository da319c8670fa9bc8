import type { Comparison, Query, Scalar } from '@weir/contracts/routing/condition';
import { RE2JS, RE2JSException, RE2Set } from 're2js';

/** What conditions are about. Params are the request's body as it came: a value there has the type that it has. */
export interface RequestFields {
  readonly metadata: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A pattern that cannot be searched for, and the field of its query. */
export class InvalidPattern extends Error {
  readonly field: string;

  /** `message` is the rest of a sentence that begins with the pattern's place. */
  constructor(field: string, message: string) {
    super(message);
    this.name = 'InvalidPattern';
    this.field = field;
  }
}

type Condition = (fields: RequestFields) => boolean;
type ValueTest = (value: unknown) => boolean;

/** Characters. Together with `maxProgramSize` it bounds how long a search takes: its time is the product of both. */
const maxSearchedLength = 8_192;
/** Instructions of a compiled pattern: about as many as it has characters, where it repeats nothing by a number. */
const maxProgramSize = 500;
/** Bytes that a pattern may keep of what it has found out about its texts. */
const maxPatternBytes = 65_536;

/**
 * Makes a query ready to be asked. Fields that are missing are as in MongoDB: equal to `null`, unequal to all else, neither
 * above nor below anything. Throws InvalidPattern.
 */
export function compileQuery(query: Query): Condition {
  const { $and, $or, ...comparisons } = query;
  const conditions = Object.entries(comparisons).flatMap(([field, said]) => {
    const comparison = toComparison(said);
    return comparison ? [compileField(field, comparison)] : [];
  });
  if ($and) conditions.push(all($and.map(compileQuery)));
  if ($or) {
    const alternatives = $or.map(compileQuery);
    conditions.push((fields) => alternatives.some((holds) => holds(fields)));
  }
  return all(conditions);
}

/**
 * Reads what a path leads to: `metadata.plan`, `params.messages.0.role`. Metadata is flat, so that a dot there belongs to
 * the name. It finds undefined where there is nothing, or nothing of the request's own.
 */
export function fieldReader(path: string): (fields: RequestFields) => unknown {
  const [root, ...steps] = path.split('.');
  if (root !== 'metadata') return ({ params }) => steps.reduce<unknown>(ownValue, params);
  const name = steps.join('.');
  return ({ metadata }) => ownValue(metadata, name);
}

function ownValue(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return Reflect.get(holder, name);
}

function all(conditions: readonly Condition[]): Condition {
  return (fields) => conditions.every((holds) => holds(fields));
}

function toComparison(said: Query[string]): Comparison | undefined {
  if (said === undefined || isQueries(said)) return undefined;
  return typeof said === 'object' && said !== null ? said : { $eq: said };
}

function isQueries(said: Query[string]): said is readonly Query[] {
  return Array.isArray(said);
}

function compileField(field: string, comparison: Comparison): Condition {
  const read = fieldReader(field);
  const tests = compileTests(field, comparison);
  return (fields) => {
    const value = read(fields);
    return tests.every((holds) => holds(value));
  };
}

function compileTests(field: string, comparison: Comparison): ValueTest[] {
  const { $eq, $ne, $in, $nin, $regex, $gt, $gte, $lt, $lte } = comparison;
  // Metadata comes in headers, where everything is text.
  const isText = field.startsWith('metadata.');
  const isOneOf = (wanted: readonly Scalar[]): ValueTest => {
    const tests = wanted.map((each) => equals(each, isText));
    return (value) => tests.some((holds) => holds(value));
  };
  const not =
    (holds: ValueTest): ValueTest =>
    (value) =>
      !holds(value);
  const tests: ValueTest[] = [];
  if ($eq !== undefined) tests.push(equals($eq, isText));
  if ($ne !== undefined) tests.push(not(equals($ne, isText)));
  if ($in !== undefined) tests.push(isOneOf($in));
  if ($nin !== undefined) tests.push(not(isOneOf($nin)));
  if ($regex !== undefined) tests.push(matches(field, $regex));
  if ($gt !== undefined) tests.push(compares($gt, isText, (order) => order > 0));
  if ($gte !== undefined) tests.push(compares($gte, isText, (order) => order >= 0));
  if ($lt !== undefined) tests.push(compares($lt, isText, (order) => order < 0));
  if ($lte !== undefined) tests.push(compares($lte, isText, (order) => order <= 0));
  return tests;
}

function equals(wanted: Scalar, isText: boolean): ValueTest {
  if (wanted === null) return (value) => value === undefined || value === null;
  if (!isText || typeof wanted === 'string') return (value) => value === wanted;
  if (typeof wanted === 'boolean') return (value) => value === String(wanted);
  return (value) => toNumber(value) === wanted;
}

/** Of two numbers, or of two texts: in metadata, texts that are numbers are compared as such. */
function compares(wanted: number | string, isText: boolean, accepts: (order: number) => boolean): ValueTest {
  const number = isText ? toNumber(wanted) : undefined;
  return (value) => {
    const given = number === undefined ? undefined : toNumber(value);
    if (given !== undefined && number !== undefined) return accepts(given - number);
    if (typeof value === 'number' && typeof wanted === 'number') return accepts(value - wanted);
    if (typeof value !== 'string' || typeof wanted !== 'string') return false;
    return accepts(value < wanted ? -1 : value > wanted ? 1 : 0);
  };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value) ? Number(value) : undefined;
}

function matches(field: string, pattern: string): ValueTest {
  const patterns = compilePattern(field, pattern);
  return (value) =>
    typeof value === 'string' && value.length <= maxSearchedLength && patterns.match(value).length > 0;
}

/** A set of the one pattern: by itself each would keep up to 8 MB, and only a set can be told to keep less. */
function compilePattern(field: string, pattern: string): RE2Set {
  try {
    if (RE2JS.compile(pattern).programSize() > maxProgramSize) {
      throw new InvalidPattern(field, 'is too large a pattern');
    }
    const patterns = new RE2Set(RE2Set.UNANCHORED, 0, maxPatternBytes);
    patterns.add(pattern);
    patterns.compile();
    return patterns;
  } catch (thrown) {
    if (thrown instanceof RE2JSException) throw new InvalidPattern(field, "is no pattern in RE2's syntax");
    throw thrown;
  }
}
