import { builtInPolicies } from '@weir/contracts/guardrails/policies';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWorld, screeningBy } from '../../test/screening-world.ts';
import { createPiiCheck } from '../checks/pii-check.ts';
import { applyEdits } from '../screening/apply-edits.ts';
import { editsByText } from '../screening/screen-request.ts';
import { StreamFilter } from './stream-filter.ts';

/** The check of a built-in policy on answers. */
function screeningOf(name: 'balanced' | 'strict') {
  const pii = builtInPolicies[name].output.checks.filter((check) => check.type === 'pii');
  return screeningBy(pii.map(createPiiCheck));
}

const chunkOf = (content: string) =>
  Buffer.from(JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] }));

async function streamed(pieces: readonly string[], name: 'balanced' | 'strict') {
  const filter = new StreamFilter(createWorld(screeningOf(name), { direction: 'output' }));
  const sent: (string | Uint8Array)[] = [];
  for (const piece of pieces) sent.push(...(await filter.push(chunkOf(piece))));
  sent.push(...(await filter.end()));
  return sent
    .map((chunk) => JSON.parse(chunk.toString()) as { choices: { delta: { content: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('');
}

async function whole(text: string, name: 'balanced' | 'strict') {
  const { screener, placeholders } = createWorld(screeningOf(name), { direction: 'output' });
  const edits = editsByText(await screener.screen([{ path: 'x', text, form: 'text' }]));
  return applyEdits({ text, form: 'text' }, edits.get(0) ?? [], {
    placeholders,
    yieldTurn: screener.yieldTurn,
  });
}

const parts = fc.array(
  fc.constantFrom(
    ...[
      'nguyen.van.a@example.vn',
      '0912345678',
      '0912 345 678',
      '+84 912.345.678',
      '079085001234',
      '4111 1111 1111 1111',
    ],
    ...[
      'MST 0100233488',
      'số tài khoản 19001234567890',
      '0100233488-001',
      'sinh ngày 01/02/1990',
      'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789',
    ],
    ...[
      'tôi tên là Nguyễn Văn An',
      'địa chỉ 12 Lê Lợi, Quận 1',
      'mã đơn 0912345678',
      '1.200.000 VND',
      '[PHONE]',
      '[EMAIL_1]',
    ],
    ...[
      ' ',
      ', ',
      '. ',
      '\n',
      '5 ',
      'và ',
      '\u200b',
      'e\u0323\u0302',
      '😀',
      'https://x.vn/a?b=1 ',
      '**',
      '192.168.1.10',
    ],
  ),
  { maxLength: 14 },
);

test.each(['balanced', 'strict'] as const)(
  'what %s makes of an answer is the same in whatever pieces it comes, however close things stand',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(parts, fc.array(fc.nat(), { maxLength: 10 }), async (glued, cuts) => {
        const answer = glued.join('');
        const expected = await whole(answer, name);
        const ends = [...cuts.map((cut) => cut % (answer.length + 1)), answer.length].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => answer.slice(ends[i - 1] ?? 0, end));
        expect(await streamed(pieces, name)).toBe(expected);
        expect(await streamed(answer.split(''), name)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  },
);

test.each(['balanced', 'strict'] as const)('what %s has redacted stays as it is', async (name) => {
  await fc.assert(
    fc.asyncProperty(parts, async (separate) => {
      const redacted = await whole(separate.join('\n'), name);
      expect(await whole(redacted, name)).toBe(redacted);
    }),
    { numRuns: 60 },
  );
});
