import { ensureInstalled, runPinnedNode } from './bootstrap.mjs';

ensureInstalled();
runPinnedNode('infra/launcher/src/main.ts', process.argv.slice(2));
