// Gives a million inputs to everything that reads bytes of strangers: `--inputs N` for another number, `--seed N` for others.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decoders } from '@muon/test/fuzz/decoders.ts';
import { LiveNode } from '@muon/test/fuzz/live.ts';
import { fuzz, type Tally } from '@muon/test/fuzz/target.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);

/** A handshake costs as much as hundreds of other inputs. */
const HANDSHAKE_SHARE = 0.05;

let rejections = 0;
process.on('unhandledRejection', (error) => {
  rejections++;
  process.stdout.write(`escaped: ${String(error)}\n`);
});
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

await using node = await LiveNode.open();
const tallies: Record<string, Tally> = {};
// Everything that is made once is made before it is measured.
await round(Math.ceil(inputs / 10), seed);
const before = await measure();
await round(inputs - Math.ceil(inputs / 10), seed + 1_000_000);
const after = await measure();

const counts = Object.values(tallies);
const total = counts.reduce((sum, { taken, refused }) => sum + taken + refused, 0);
report(
  'fuzz',
  {
    inputs: total,
    refused: counts.reduce((sum, { refused }) => sum + refused, 0),
    escaped: rejections,
    heapGrowthKb: Math.round((after.heapBytes - before.heapBytes) / 1024),
    handleGrowth: after.handles - before.handles,
  },
  { tallies, counters: node.port.counters },
);
process.exitCode = rejections > 0 ? 1 : 0;

async function round(count: number, firstSeed: number): Promise<void> {
  const targets = decoders.length + node.targets.length;
  const handshakes = Math.ceil(count * HANDSHAKE_SHARE);
  const each = Math.ceil((count - handshakes) / targets);
  for (const target of decoders) add(target.name, fuzz(target, each, firstSeed));
  for (const target of node.targets) add(target.name, await node.fuzz(target, each, firstSeed));
  add('DTLS handshakes', await node.fuzzHandshakes(handshakes, firstSeed));
}

function add(name: string, { taken, refused }: Tally): void {
  const tally = (tallies[name] ??= { taken: 0, refused: 0 });
  tally.taken += taken;
  tally.refused += refused;
  process.stdout.write(`${name.padEnd(24)}${tally.taken + tally.refused}\n`);
}

async function measure(): Promise<{ heapBytes: number; handles: number }> {
  // What a closed handshake still had to send.
  await setTimeout(5000);
  collect();
  return { heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length };
}
