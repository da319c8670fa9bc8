import { ensureInstalled, runPinnedNode } from '../launcher/bootstrap.mjs';

ensureInstalled();
runPinnedNode('infra/checks/src/main.ts', process.argv.slice(2));
