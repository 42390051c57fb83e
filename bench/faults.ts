// How calls in real browsers bear networks that misbehave. `--only NAME` runs one scenario.
import { downlink, jitter, nodeKilled, randomLoss, rebind, signalCut } from '@muon/test/faults/scenarios.ts';
import { tcpDownlink } from '@muon/test/faults/tcp-downlink.ts';
import { percentile, report } from './report.ts';

const LOSSES = 3;
const DOWNLINKS = 9;
const REBINDS = 10;

const only = process.argv[2] === '--only' ? process.argv[3] : undefined;
const figures: Record<string, number> = {};
const samples: Record<string, unknown> = {};

await run('loss', async () => {
  const results = await times(LOSSES, randomLoss);
  figures['lossLongestGapMs'] = Math.max(...results.map(({ video }) => video.longestGapMs));
  figures['lossConcealedPct'] = percent(Math.max(...results.map(({ audio }) => audio.concealedShare)));
  return results;
});
await run('downlink', async () => {
  const results = await times(DOWNLINKS, downlink);
  const gapsMs = results.map(({ video }) => video.longestGapMs);
  figures['downlinkGapP50Ms'] = percentile(gapsMs, 0.5);
  figures['downlinkGapWorstMs'] = Math.max(...gapsMs);
  figures['downlinkLowerWorstMs'] = Math.max(...results.map(({ lowerAfterMs }) => lowerAfterMs));
  figures['downlinkTopWorstMs'] = Math.max(...results.map(({ topAfterMs }) => topAfterMs));
  figures['downlinkConcealedPct'] = percent(Math.max(...results.map(({ audio }) => audio.concealedShare)));
  return results;
});
await run('tcp-downlink', async () => {
  const result = await tcpDownlink();
  figures['tcpDownlinkGapMs'] = result.video.longestGapMs;
  figures['tcpDownlinkLowerMs'] = result.lowerAfterMs;
  figures['tcpDownlinkTopMs'] = result.topAfterMs;
  figures['tcpDownlinkConcealedPct'] = percent(result.audio.concealedShare);
  figures['tcpDownlinkSoundDelayMs'] = result.longestSoundDelayMs;
  return result;
});
await run('jitter', async () => {
  const result = await jitter();
  figures['jitterLongestGapMs'] = result.video.longestGapMs;
  figures['jitterNacks'] = result.nacksByNode + result.nacksBySubscriber;
  return result;
});
await run('rebind', async () => {
  const result = await rebind(REBINDS);
  figures['rebindWorstMs'] = Math.max(...result.awayMs, ...result.unseenMs);
  return result;
});
await run('signal-cut', async () => {
  const result = await signalCut(20);
  figures['signalCutLongestGapMs'] = Math.max(...result.longestGapMs);
  figures['signalCutResyncedMs'] = result.resyncedMs;
  return result;
});
await run('node-killed', async () => {
  const result = await nodeKilled();
  figures['nodeKilledWorstMs'] = Math.max(...result.awayMs);
  return result;
});
report('faults', figures, samples);

async function run(name: string, scenario: () => Promise<unknown>): Promise<void> {
  if (only !== undefined && only !== name) return;
  samples[name] = await scenario();
  process.stdout.write(`${name}: ${JSON.stringify(samples[name])}\n`);
}

function percent(share: number): number {
  return Number((share * 100).toFixed(1));
}

/** One after the other. */
async function times<Result>(count: number, scenario: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < count) results.push(await scenario());
  return results;
}
