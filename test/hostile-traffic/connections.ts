import { testKey } from '@weir/testkit/gateway';
import type { Expected, HostileCase } from '../helpers/hostile/hostile-case.ts';

const body = '{"model":"m","messages":[{"role":"user","content":"Hello"}]}';

/** A request as bytes: its first line, its lines, and what follows them. */
const bytes = (first: string, lines: readonly string[], rest = body) =>
  [first, `authorization: Bearer ${testKey}`, 'content-type: application/json', ...lines, '', rest].join(
    '\r\n',
  );

const post = 'POST /v1/chat/completions HTTP/1.1';
const length = `content-length: ${body.length}`;

/** An error in our form, or an end without a word. */
const refused: Expected = { status: [0, 400, 405, 411, 413, 417, 431, 501, 505] };

/** L4: what HTTP does not allow, or what two readers understand in two ways. */
const rows: Readonly<Record<string, string>> = {
  'a transfer coding before chunked': bytes(
    post,
    ['host: weir', 'transfer-encoding: gzip, chunked'],
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ),
  'a length beside chunked': bytes(
    post,
    ['host: weir', length, 'transfer-encoding: chunked'],
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ),
  'two lengths': bytes(post, ['host: weir', length, 'content-length: 1']),
  'two hosts': bytes(post, ['host: weir', 'host: other', length]),
  'no host': bytes(post, [length]),
  'HTTP/2.0': bytes('POST /v1/chat/completions HTTP/2.0', ['host: weir', length]),
  'HTTP/0.9': bytes('POST /v1/chat/completions HTTP/0.9', ['host: weir', length]),
  'an expectation of its own': bytes(post, ['host: weir', length, 'expect: foo']),
  CONNECT: bytes('CONNECT weir:443 HTTP/1.1', ['host: weir:443'], ''),
  'a method of its own': bytes('BREW /v1/chat/completions HTTP/1.1', ['host: weir', length]),
  'a folded line': bytes(post, ['host: weir', length, 'x-a: b', ' c']),
  'a bare line feed': bytes(post, ['host: weir', length]).replaceAll('\r\n', '\n'),
  'a space before the colon': bytes(post, ['host: weir', `content-length : ${body.length}`]),
  'a null in a header': bytes(post, ['host: weir', length, 'x-a: b\0c']),
  'a negative length': bytes(post, ['host: weir', 'content-length: -1']),
  'a length in hex': bytes(post, ['host: weir', 'content-length: 0x40']),
  'a flood of headers': bytes(post, [
    'host: weir',
    length,
    ...Array.from({ length: 5_000 }, (_, index) => `x-${index}: 1`),
  ]),
  'a chunk of a size of its own': bytes(
    post,
    ['host: weir', 'transfer-encoding: chunked'],
    `ffffffffffffffffff\r\n${body}`,
  ),
  garbage: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
};

/** A packet of 64 KiB has room for 2,000 of these. */
const pipelined: HostileCase = {
  id: 'L4-pipelined',
  promise: 'thousands of requests in one packet block nobody, and end their connection',
  request: () => ({ bytes: 'GET /health HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(5_000) }),
  expected: { status: 200 },
};

export const connectionCases: readonly HostileCase[] = [
  ...Object.entries(rows).map(([name, text]) => ({
    id: `L4-${name.replaceAll(/\W+/g, '-')}`,
    promise: `${name} is refused in our form, or the connection ends`,
    request: () => ({ bytes: text }),
    expected: refused,
  })),
  pipelined,
];
