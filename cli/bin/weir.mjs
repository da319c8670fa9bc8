#!/usr/bin/env node
// Plain JavaScript for any Node from 20 on. Under `npx` it is the pinned Node already that runs this.
import module from 'node:module';
import { compileCache, runPinnedNode } from '../../infra/launcher/bootstrap.mjs';

if (Number.parseInt(process.versions.node, 10) >= 24) {
  module.enableCompileCache(compileCache);
  await import('../src/main.ts');
} else runPinnedNode('cli/src/main.ts', process.argv.slice(2));
