import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { usagePriced } from '@weir/contracts/usage-events';
import { passwordVariable } from '@weir/local-servers/nats-users';
import {
  type NatsPermissions,
  operatorPermissions,
  permissionsOf,
  type SubjectGroup,
} from './nats-permissions.ts';
import { natsSubscriber, natsUsersOf } from './services.ts';

/** What subscribers outside may hear. */
const exportedEvents = [usagePriced];

/** A whole configuration like weir.conf, for services of a test's own; it needs limits.conf beside it. */
export function natsConfig(all: readonly ServiceManifest[]): string {
  return `include "limits.conf"\n\n${natsConfigUsers(all)}`;
}

/** The generated part of weir.conf: everybody's permissions, and the users who have them. */
export function natsConfigUsers(all: readonly ServiceManifest[]): string {
  const users = natsUsersOf(all).filter((user) => user !== natsSubscriber);
  return `${all.map((manifest) => serviceBlock(manifest, all)).join('\n')}
# A person or a monitor: sees which services run and how JetStream fares, handles dead letters, and sees no request.
# With the nats command: nats --inbox-prefix _INBOX_operator micro ls
operator_may: ${permissionsBlock(operatorPermissions)}
# A person who looks at what goes over the bus, contents included (\`weir bus watch\`): hears everything, says nothing.
observer_may: {
  publish: { deny: [">"] }
  # As no member of a queue group (its subject and queue): it would be given requests that it cannot answer.
  subscribe: { allow: [">"], deny: ["> >"] }
}

# Programs outside of Weir that follow what it exports. They need no more users than this one, and each may have its own.
${natsSubscriber}_may: {
  publish: { deny: [">"] }
  subscribe: { allow: [${exportedEvents.map(({ subject }) => `"${subject}"`).join(', ')}] }
}

accounts {
  WEIR {
    jetstream: enabled
    users: [
${users.map(userLine).join('\n')}
    ]
    exports: [
${exportedEvents.map(({ subject }) => `      { stream: "${subject}", accounts: [SUBSCRIBERS] }`).join('\n')}
    ]
  }
  # Without JetStream: what a subscriber missed it asks of the admin API (GET /admin/v1/usage).
  SUBSCRIBERS {
    users: [
${userLine(natsSubscriber)}
    ]
    imports: [
${exportedEvents.map(({ subject }) => `      { stream: { account: WEIR, subject: "${subject}" } }`).join('\n')}
    ]
  }
}
`;
}

function userLine(user: string): string {
  return `      { user: ${user}, password: $${passwordVariable(user)}, permissions: $${user}_may }`;
}

function serviceBlock(manifest: ServiceManifest, all: readonly ServiceManifest[]): string {
  const { name, description } = manifest;
  return `# ${description}: services/${name}/src/manifest.ts\n${name}_may: ${permissionsBlock(permissionsOf(manifest, all))}`;
}

function permissionsBlock({ publish, subscribe }: NatsPermissions): string {
  return `{\n  publish: {\n${allowed(publish)}  }\n  subscribe: {\n${allowed(subscribe)}  }\n}\n`;
}

function allowed(groups: readonly SubjectGroup[]): string {
  const lines = groups.flatMap(({ reason, subjects }) => [
    `      # ${reason}`,
    ...subjects.map((subject) => `      "${subject}"`),
  ]);
  return `    allow: [\n${lines.join('\n')}\n    ]\n`;
}
