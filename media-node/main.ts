import { runProcess } from '@muon/service/process.ts';
import { readSettings } from '@muon/service/settings.ts';
import { startNode } from './node.ts';
import { nodeSettings } from './settings.ts';

await runProcess(() => startNode(readSettings(nodeSettings, process.env)));
