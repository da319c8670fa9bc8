import type { Bucket } from '@weir/contracts/bucket';
import {
  consumedName,
  consumerSubjects,
  deadLetterOperatorSubjects,
  streamCreatorSubjects,
} from '@weir/contracts/durable-consumers';
import { instanceSubject } from '@weir/contracts/frames';
import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { servicesAskedBy } from './services.ts';

/** Subjects that somebody may publish or subscribe to for one reason, which is said in weir.conf. */
export interface SubjectGroup {
  readonly reason: string;
  readonly subjects: readonly string[];
}

/** What a user of NATS may do: this and nothing else. */
export interface NatsPermissions {
  readonly publish: readonly SubjectGroup[];
  readonly subscribe: readonly SubjectGroup[];
}

/** What a service needs to do what its manifest says, among all services. */
export function permissionsOf(manifest: ServiceManifest, all: readonly ServiceManifest[]): NatsPermissions {
  const { name, serves, requests, emits, subscribes, consumes, buckets, follows, streams } = manifest;
  const asked = servicesAskedBy(manifest);
  const requesters = all.filter((other) => servicesAskedBy(other).includes(name)).map((other) => other.name);
  return {
    publish: withoutEmpty([
      { reason: 'What it asks.', subjects: requests.map(({ subject }) => subject) },
      {
        reason: 'The same of one instance, where another is silent.',
        subjects: requests.map(({ subject }) => instanceSubject(subject, '*')),
      },
      {
        reason: 'What it tells one instance: probes, cancels and credits for streams.',
        subjects: [...asked, name].map((service) => `weir.v1.${service}.control.*`),
      },
      {
        reason: 'Who of those that it asks is there, and who of its own replicas.',
        subjects: [...asked, name].map((service) => `$SRV.PING.${service}`),
      },
      {
        reason: 'Replies to those who ask it or look for it.',
        subjects: [...requesters, name, 'operator'].map(inboxOf),
      },
      { reason: 'Events.', subjects: emits.map(({ subject }) => subject) },
      ...streams.map((stream) => ({
        reason: `The stream ${stream.name}: to make it, and to look whether it is there.`,
        subjects: streamCreatorSubjects(stream),
      })),
      ...consumes.map((event) => ({
        reason: `To consume ${consumedName(event)}, and to put away what it cannot handle.`,
        subjects: consumerSubjects(name, event),
      })),
      ...buckets.flatMap((bucket) => [...followerGroups(bucket), writerGroup(bucket)]),
      ...follows.flatMap(followerGroups),
    ]),
    subscribe: withoutEmpty([
      {
        reason: 'What it is asked, as a member of its queue group and in no other way.',
        subjects: serves.map(({ subject }) => `${subject} ${name}`),
      },
      {
        reason: 'What one instance of it is asked.',
        subjects: serves.map(({ subject }) => instanceSubject(subject, '*')),
      },
      { reason: 'Probes, cancels and credits for its streams.', subjects: [`weir.v1.${name}.control.*`] },
      { reason: 'Events.', subjects: subscribes.map(({ subject }) => subject) },
      { reason: 'Replies to it.', subjects: [inboxOf(name)] },
      { reason: 'Discovery.', subjects: discoverySubjects(['', `.${name}`, `.${name}.*`]) },
    ]),
  };
}

/** A person or a monitor: sees which services run and how JetStream fares, and no request. */
export const operatorPermissions: NatsPermissions = {
  publish: [
    {
      reason: 'Which services run: `nats micro ls`.',
      subjects: [...discoverySubjects(['', '.*', '.*.*']), '$SYS.REQ.USER.INFO'],
    },
    {
      reason: 'How JetStream fares.',
      subjects: [
        '$JS.API.INFO',
        '$JS.API.STREAM.NAMES',
        '$JS.API.STREAM.LIST',
        '$JS.API.STREAM.INFO.*',
        '$JS.API.CONSUMER.NAMES.*',
        '$JS.API.CONSUMER.LIST.*',
        '$JS.API.CONSUMER.INFO.*.*',
      ],
    },
    { reason: 'To list, replay and delete dead letters.', subjects: deadLetterOperatorSubjects() },
  ],
  subscribe: [{ reason: 'Replies to it.', subjects: [inboxOf('operator')] }],
};

/** Of NATS's service protocol (ADR-32), each verb by its name: nobody may listen for what others are asked. */
function discoverySubjects(addressees: readonly string[]): string[] {
  return ['PING', 'INFO', 'STATS'].flatMap((verb) =>
    addressees.map((addressee) => `$SRV.${verb}${addressee}`),
  );
}

/** Where a service gets its replies; nobody else may listen there. */
function inboxOf(user: string): string {
  return `_INBOX_${user}.>`;
}

function followerGroups({ name }: Bucket): SubjectGroup[] {
  const stream = `KV_${name}`;
  return [
    {
      reason: `The bucket ${name}: to make it, to look whether it is there, and to read one entry or its history.`,
      subjects: [...streamCreatorSubjects({ name: stream }), `$JS.API.STREAM.MSG.GET.${stream}`],
    },
    {
      reason: 'To follow it, by a consumer of each instance, which paces itself by messages to $JS.FC.',
      subjects: [`$JS.API.CONSUMER.CREATE.${stream}.*.$KV.${name}.>`, `$JS.FC.${stream}.>`],
    },
  ];
}

function writerGroup({ name }: Bucket): SubjectGroup {
  return { reason: 'To write to it.', subjects: [`$KV.${name}.>`] };
}

function withoutEmpty(groups: readonly SubjectGroup[]): SubjectGroup[] {
  return groups.filter(({ subjects }) => subjects.length > 0);
}
