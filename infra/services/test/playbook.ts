import { cp, mkdir, mkdtemp, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** A file as a playbook has it: its path, in backticks in the text before it, and its contents. */
export interface PlaybookFile {
  readonly path: string;
  readonly text: string;
}

/** The files of one of CONTRIBUTING's playbooks: each block of code, under the first path in the paragraph before it. */
export async function playbookFiles(title: string): Promise<PlaybookFile[]> {
  const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  const [, playbook = ''] = text.split(`## Playbook: ${title}\n`);
  const [section = ''] = playbook.split('\n## ');
  const blocks = [...section.matchAll(/([^\n].*(?:\n[^\n].*)*)\n\n```\w+\n([^]*?)```/g)];
  return blocks.map(([, paragraph = '', block = '']) => ({
    path: /`((?:libs|services|infra)\/[^`\s]+\.\w+)`/.exec(paragraph)?.[1] ?? '',
    text: block,
  }));
}

/** A copy of this repository's source in a folder of its own, with the packages of this one. Resolves to the folder. */
export async function copyRepository(): Promise<string> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'weir-playbook-')));
  const left = new Set(
    ['node_modules', '.git', '.weir', '.turbo', 'reports'].map((name) => join(root, name)),
  );
  await cp(root, copy, { recursive: true, filter: (source) => !left.has(source) });
  await linkPackages(copy);
  return copy;
}

/** Others' packages are the same; Weir's own are those of the copy. */
async function linkPackages(copy: string): Promise<void> {
  const packages = join(root, 'node_modules');
  await mkdir(join(copy, 'node_modules/@weir'), { recursive: true });
  for (const name of await readdir(packages)) {
    if (name !== '@weir' && name !== '.cache')
      await symlink(join(packages, name), join(copy, 'node_modules', name));
  }
  for (const name of await readdir(join(packages, '@weir'))) {
    const place = relative(root, await realpath(join(packages, '@weir', name)));
    await symlink(join(copy, place), join(copy, 'node_modules/@weir', name));
  }
}

export async function writeFileBelow(folder: string, { path, text }: PlaybookFile): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
