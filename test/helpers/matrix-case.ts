import { z } from 'zod';
import type { FakeProvider } from '@weir/testkit/providers/fake-provider';
import { ask, type Seen } from './ask.ts';
import type { FaultCase } from './fault-cases.ts';
import type { Dialect, FaultFixture } from './fault-fixture.ts';

export interface Policy {
  readonly name: string;
  /** The config, made of the target that fails and the one that does not. */
  readonly configOf: (faulty: object, good: object) => object;
  readonly requests: number;
}

/** One cell of the matrix: a fault of one provider, met by one kind of request under one policy. */
export interface MatrixCase {
  readonly fixture: FaultFixture;
  readonly faultCase: FaultCase;
  readonly dialect: Dialect;
  readonly stream: boolean;
  readonly policy: Policy;
}

export interface MatrixOutcome {
  readonly answers: readonly Seen[];
  /** What the clients saw where it was not the whole good answer. */
  readonly failures: readonly string[];
  readonly counts: Counts;
}

export interface Counts {
  /** How many clients saw the whole answer of the provider that works, and nothing else. */
  readonly answered: number;
  /** How often the provider that fails was asked; one that nobody hears from, by the gateway's own count. */
  readonly faulty: number;
  readonly good: number;
}

const faultyText = 'these are the words of the one that fails in the end';
const goodText = 'these are good words';

/**
 * So short that no cell waits long. They are set for a faulty target alone, and only where they are what ends the wait: on a busy
 * machine all others may be slow.
 */
const shortTimeouts = { first_byte_timeout: 400, idle_timeout: 400 };

/** Asks as often as the cell says, one request after the other. */
export async function runMatrixCase(cell: MatrixCase): Promise<MatrixOutcome> {
  const { fixture, faultCase, dialect, stream, policy } = cell;
  const { fault } = faultCase;
  // Health is kept by model: what one cell does to it is no other's concern.
  const model = `${policy.name} ${dialect} ${String(stream)} ${faultCase.name}`.replaceAll(/\W+/g, '-');
  const isOwn = ({ body }: { body: unknown }) => modelOf(body) === model;
  const isThere = typeof fault !== 'string';
  // A kept connection that is closed without an answer costs a second try that is none of the attempts.
  const isHeard = isThere && fault.kind !== 'reset';
  if (isThere) fixture.faulty.script({ fault, answer: faultyText, matches: isOwn });
  fixture.good.script({ answer: goodText, matches: isOwn });

  const timeouts = String(faultCase.sees).includes('upstream_timeout') ? shortTimeouts : {};
  const faulty = { provider: `${dialect}-${isThere ? 'faulty' : fault}`, name: model, ...timeouts };
  const config = policy.configOf(faulty, { provider: `${dialect}-good` });
  const answers: Seen[] = [];
  for (let request = 0; request < policy.requests; request++) {
    answers.push(await ask(fixture.gateway.baseUrl, { model, stream, config, timeoutMs: 10_000 }));
  }
  const callsOf = (provider: FakeProvider) => provider.requests.filter(isOwn).length;
  const good = callsOf(fixture.good);
  const attempts = answers.reduce((sum, { headers }) => sum + Number(headers.get('x-weir-attempts')), 0);
  const failures = answers.map(outcomeOf).filter((outcome) => outcome !== 'answered');
  return {
    answers,
    failures,
    counts: {
      answered: answers.length - failures.length,
      faulty: isHeard ? callsOf(fixture.faulty) : attempts - good,
      good,
    },
  };
}

/** `answered`, the status and code of an error, or how a stream broke; anything else is not what we promise. */
function outcomeOf({ status, code, text, isWhole }: Seen): string {
  if (status !== 200) return `${status} ${code}`;
  if (code === undefined) return isWhole && text === goodText ? 'answered' : `cut in silence: ${text}`;
  const isBeginning = text !== '' && text !== faultyText && faultyText.startsWith(text);
  return isBeginning && !isWhole ? `broken by ${code}` : `broken by ${code}, and yet: ${text}`;
}

const bodySchema = z.object({ model: z.string() });

function modelOf(body: unknown): string | undefined {
  return bodySchema.safeParse(body).data?.model;
}
