import type { Comparison, Query, Scalar } from '@weir/contracts/routing/condition';
import { fieldReader, type RequestFields } from '@weir/service-kit/request-fields';
import { PatternCompiler } from './pattern.ts';

type Condition = (fields: RequestFields) => boolean;
type ValueTest = (value: unknown) => boolean;

/**
 * Makes a query ready to be asked. Fields that are missing are as in MongoDB: equal to `null`, unequal to all else, neither
 * above nor below anything. The queries of one config share a compiler of patterns. Throws InvalidPattern.
 */
export function compileQuery(query: Query, patterns = new PatternCompiler()): Condition {
  return onceEach(compileClauses(query, patterns));
}

/** One request's way may ask the same again and again, and its fields do not change. */
function onceEach(condition: Condition): Condition {
  const known = new WeakMap<RequestFields, boolean>();
  return (fields) => {
    const before = known.get(fields);
    if (before !== undefined) return before;
    const isMet = condition(fields);
    known.set(fields, isMet);
    return isMet;
  };
}

function compileClauses(query: Query, patterns: PatternCompiler): Condition {
  const { $and, $or, ...comparisons } = query;
  const below = (queries: readonly Query[]) => queries.map((each) => compileClauses(each, patterns));
  const conditions = Object.entries(comparisons).flatMap(([field, said]) => {
    const comparison = toComparison(said);
    return comparison ? [compileField(field, comparison, patterns)] : [];
  });
  if ($and) conditions.push(all(below($and)));
  if ($or) {
    const alternatives = below($or);
    conditions.push((fields) => alternatives.some((holds) => holds(fields)));
  }
  return all(conditions);
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

function compileField(field: string, comparison: Comparison, patterns: PatternCompiler): Condition {
  const read = fieldReader(field);
  const tests = compileTests(field, comparison, patterns);
  return (fields) => {
    const value = read(fields);
    return tests.every((holds) => holds(value));
  };
}

function compileTests(field: string, comparison: Comparison, patterns: PatternCompiler): ValueTest[] {
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
  if ($regex !== undefined) {
    const search = patterns.compile(field, $regex);
    tests.push((value) => typeof value === 'string' && search(value));
  }
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

/** Digits in one place only, or many digits would take the square of their time. */
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value) ? Number(value) : undefined;
}
