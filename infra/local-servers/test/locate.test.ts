import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Installer } from '../src/installers.ts';
import { locate } from '../src/locate.ts';
import type { Program } from '../src/program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-locate-'));
});
afterEach(() => rm(folder, { recursive: true }));

const program = (): Program => ({
  command: 'some-server',
  aptPackage: 'some-server-deb',
  brewFormula: 'some-server-brew',
  image: 'some-server:1',
  folders: [join(folder, 'lib/*/bin')],
});

async function addFile(name: string, script = ''): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const installerOf = (install: Installer['install'], usable = true): Installer => ({
  name: 'some-manager',
  usable: () => Promise.resolve(usable),
  install,
});

test('a program on the PATH is used as it is', async () => {
  const file = await addFile('bin/some-server');
  await addFile('lib/9/bin/some-server');
  const path = `/nowhere:${dirname(file)}`;
  await expect(locate(program(), { path, installers: [] })).resolves.toEqual({ file });
});

test('of several versions beside the PATH the newest is used', async () => {
  await addFile('lib/9/bin/some-server');
  const newest = await addFile('lib/17/bin/some-server');
  await expect(locate(program(), { path: '', installers: [] })).resolves.toEqual({ file: newest });
});

describe('where the newest is preferred', () => {
  const because = 'old ones are worse';
  const versioned = () => ({ ...program(), recommended: { version: '2.10.0', because } });
  const locateNewest = async (path: string) => {
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const located = await locate(versioned(), { path, installers: [], prefersNewest: true, onProgress });
    return { located, lines };
  };

  test('it is used, wherever on the PATH it stands, and one that tells no version is not', async () => {
    const old = await addFile('old/some-server', 'echo some-server: v2.9.10');
    const newer = await addFile('newer/some-server', 'echo some-server: v2.12.3');
    const dumb = await addFile('dumb/some-server');
    const path = [dumb, old, newer].map(dirname).join(':');
    expect(await locateNewest(path)).toMatchObject({ located: { file: newer }, lines: [] });
  });

  test('one that pip has installed is found where all others are old', async () => {
    const old = await addFile('old/some-server', 'echo some-server: v2.9.10');
    const ofPip = await addFile('wheels/some-server', 'echo some-server: v2.15.1');
    await addFile('old/python3', `echo ${dirname(ofPip)}`);
    expect(await locateNewest(dirname(old))).toMatchObject({ located: { file: ofPip }, lines: [] });
  });

  test('the image is used where all are old and Docker has it, and without it one line says what an old one risks', async () => {
    const old = await addFile('old/some-server', 'echo some-server: v2.9.10');
    expect(await locateNewest(dirname(old))).toEqual({
      located: { file: old },
      lines: [`some-server 2.9.10 (${old}) is the newest that was found: ${because}`],
    });
    await addFile('old/docker', '[ "$1 $2 $3" = "image inspect some-server:1" ]');
    expect(await locateNewest(dirname(old))).toEqual({
      located: { image: 'some-server:1' },
      lines: ['some-server 2.9.10 is old: running it from the image some-server:1'],
    });
  });
});

test('a missing program is installed, and the user is told', async () => {
  const lines: string[] = [];
  const installer = installerOf(async () => {
    await addFile('lib/1/bin/some-server');
    return undefined;
  });
  const located = await locate(program(), {
    path: '',
    installers: [installerOf(() => Promise.reject(new Error('must not be asked')), false), installer],
    onProgress: (line) => lines.push(line),
  });
  expect(located).toEqual({ file: join(folder, 'lib/1/bin/some-server') });
  expect(lines).toEqual(['some-server is not installed: installing it with some-manager ...']);
});

test('where nothing helps, the message says what failed and what to install', async () => {
  const installer = installerOf(() => Promise.resolve('the mirror is down'));
  const failure = locate(program(), { path: '', installers: [installer] });
  await expect(failure).rejects.toThrow(/some-manager: the mirror is down/);
  await expect(failure).rejects.toThrow(/some-server-deb \(apt\), some-server-brew \(brew\) or Docker/);
});
