import { consumedName } from '@weir/contracts/durable-consumers';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { settingsOf, type Setting } from '@weir/contracts/settings';
import { kitConfigSchema } from '@weir/service-kit/kit-config';

/** docs/services.md, from the manifests. */
export function servicesPage(all: readonly ServiceManifest[]): string {
  return `# Services

What each service is, does on the bus and reads from its environment, in the order in which they start. This page is made from
the manifests (\`services/<name>/src/manifest.ts\`) by \`npm run generate\`, and a test holds the two together. The same
manifests make the permissions in \`infra/nats/weir.conf\`, the containers in \`docker-compose.yml\` and the processes of \`npm start\`;
the kit ends a service that does anything else.

${all.map(section).join('\n')}
## Settings of every service

${settingsTable(settingsOf(kitConfigSchema))}
What they mean: [operations](operations.md).
`;
}

function section(manifest: ServiceManifest): string {
  const { name, description, settings } = manifest;
  return `## ${name}

${description}. What its settings mean, and what happens when something fails: [services/${name}](../services/${name}/README.md).

It

${busList(manifest)}
${settings.length === 0 ? '' : settingsTable(settings)}`;
}

function busList(manifest: ServiceManifest): string {
  const { serves, requests, emits, subscribes, consumes, buckets, follows, streams, servers } = manifest;
  const rows: [what: string, names: readonly string[]][] = [
    ['answers', subjectsOf(serves)],
    ['asks', subjectsOf(requests)],
    ['emits', subjectsOf(emits)],
    ['subscribes to', subjectsOf(subscribes)],
    ['consumes', consumes.map((event) => consumedName({ ...event, name: event.subject }))],
    ['follows and writes the buckets', namesOf(buckets)],
    ['follows the buckets', namesOf(follows)],
    ['makes the streams', namesOf(streams)],
    ['needs the servers', servers],
  ];
  return rows
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `- ${what} ${names.map((name) => `\`${name}\``).join(', ')}\n`)
    .join('');
}

const subjectsOf = (list: readonly { subject: string }[]) => list.map(({ subject }) => subject);
const namesOf = (list: readonly { name: string }[]) => list.map(({ name }) => name);

function settingsTable(settings: readonly Setting[]): string {
  return table(
    ['Setting', 'Default', 'Secret'],
    settings.map(({ name, defaultValue, secret, onlyWith }) => [
      `\`${name}\`${onlyWith === undefined ? '' : `, where \`${onlyWith}\` is set`}`,
      defaultValue ? `\`${defaultValue}\`` : '',
      secret ? 'yes' : '',
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}
