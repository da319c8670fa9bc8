import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { passwordVariable } from '@weir/local-servers/nats-users';
import { format, resolveConfig } from 'prettier';
import { asyncApi } from './asyncapi.ts';
import {
  composePasswords,
  composeRedis,
  composeRoles,
  composeServices,
  composeSettings,
  serverVariables,
} from './compose-file.ts';
import { fillRegions } from './generated-regions.ts';
import { natsConfigUsers } from './nats-config.ts';
import { natsUsersOf, services } from './services.ts';
import { servicesPage } from './services-page.ts';

/** A file of the repository that holds something made from the manifests. */
interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  /** Its whole text, of what it is now. */
  make(present: string): string | Promise<string>;
}

const root = new URL('../../../', import.meta.url);

export const generatedFiles: readonly GeneratedFile[] = [
  {
    path: 'infra/nats/weir.conf',
    make: (present) => fillRegions(present, { users: natsConfigUsers(services) }),
  },
  {
    path: 'docker-compose.yml',
    make: (present) =>
      fillRegions(present, {
        settings: composeSettings(),
        passwords: composePasswords(services),
        redis: composeRedis(services),
        roles: composeRoles(services),
        services: composeServices(services),
      }),
  },
  {
    path: 'weir.env.example',
    make: (present) =>
      fillRegions(present, {
        passwords: [...natsUsersOf(services).map(passwordVariable), ...services.flatMap(serverVariables)]
          .map((name) => `${name}=\n`)
          .join(''),
      }),
  },
  {
    path: 'docs/services.md',
    make: () => formatted(servicesPage(services), 'markdown'),
  },
  {
    path: 'docs/asyncapi.json',
    make: () => formatted(JSON.stringify(asyncApi(services)), 'json'),
  },
];

async function formatted(text: string, parser: string): Promise<string> {
  return format(text, { ...(await resolveConfig(new URL('package.json', root))), parser });
}

export function presentText({ path }: GeneratedFile): string {
  return readFileSync(new URL(path, root), 'utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of generatedFiles) {
    const present = presentText(file);
    const made = await file.make(present);
    if (made === present) continue;
    writeFileSync(new URL(file.path, root), made);
    console.log(`written: ${file.path}`);
  }
}
