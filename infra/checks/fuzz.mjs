import { ensureInstalled, runPinnedNode } from '../launcher/bootstrap.mjs';

ensureInstalled();
runPinnedNode('test/fuzz/main.ts', process.argv.slice(2));
