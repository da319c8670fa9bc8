import { faultTable, type FaultOwner } from '@weir/contracts/faults';

const sections: [owner: FaultOwner, title: string, text: string][] = [
  ['caller', "The caller's to mend", 'The same request will fail again, unless the table says otherwise.'],
  ['policy', "A rule's decision", 'The request was understood, and refused for what it holds.'],
  ['provider', "The provider's", 'The gateway reached no good answer at the provider, or none at all.'],
  ['gateway', "The gateway's", 'A part of Weir failed. The request id leads to the cause in its log.'],
];

/** docs/errors.md, from the one table of faults. */
export function errorsPage(): string {
  const parts = sections.map(([owner, title, text]) => {
    const rows = Object.entries(faultTable)
      .filter(([, fault]) => fault.owner === owner)
      .map(([code, { status, retryable, message }]) => [
        `\`${code}\``,
        status,
        retryable ? 'yes' : 'no',
        message,
      ]);
    const table = [
      ['Code', 'Status', 'Try again', 'What it says where nothing more precise is known'],
      ['---', '---', '---', '---'],
      ...rows,
    ];
    return `## ${title}\n\n${text}\n\n${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
  });
  return `# Errors

Every error has OpenAI's shape, \`{ "error": { "message", "type", "code", "param" } }\`, the status of its code, and the header
\`x-should-retry\`, which OpenAI's SDKs obey. \`param\` names the field at fault, as \`messages[0].content\`. \`retry-after\` and
\`retry-after-ms\` are there where the provider or Weir knows how long to wait (one second where a part of Weir is full), \`x-weir-provider\` where a provider has
failed, and \`x-weir-warnings\` where something of the request was left out or changed before. Where a provider says what the caller can
mend, the message ends in its words, cleaned and marked as its own ([routing](routing.md#when-a-target-fails)). A stream that fails after its
first content has status 200 already: it ends with \`data: {"error": …}\` and without \`[DONE]\`.

This page is made from \`libs/contracts/src/faults.ts\` by \`npm run docs\`, and a test holds the two together.

${parts.join('\n')}`;
}
