// 200 people a minute join a node and leave it, real DTLS and all: `--minutes N`, 10 when absent.
import { parseArgs } from 'node:util';
import { joinsAndLeaves } from '@muon/test/faults/joins.ts';
import { report } from './report.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);

const figures = await joinsAndLeaves([60, minutes * 60]);
const [before, after] = figures.empty;
const most = Math.max(...figures.busy.map(({ participants }) => participants));
const full = figures.busy.filter(({ participants }) => participants === most);
const fullHeapKb = full.reduce((sum, { heapKb }) => sum + heapKb, 0) / full.length;
report(
  'joins',
  {
    minutes,
    joins: figures.joins,
    failedJoins: figures.failures.length,
    joinsPerSecond: Number((200 / 60).toFixed(2)),
    joinP50Ms: figures.joinP50Ms,
    cpuMsPerJoin: figures.cpuMsPerJoin,
    kbPerParticipant: Math.round((fullHeapKb - before!.heapKb) / most),
    heapGrowthKb: after!.heapKb - before!.heapKb,
    handleGrowth: after!.handles - before!.handles,
  },
  { empty: figures.empty, busy: figures.busy, failures: figures.failures },
);
