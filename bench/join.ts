// From a join token in hand to the first decoded frame of somebody else's video, in a real Chromium.
import { launchChromium } from '@muon/test/support/chromium.ts';
import { Muon } from '@muon/test/support/muon.ts';
import { PageServer } from '@muon/test/support/page-server.ts';
import { percentile, report } from './report.ts';

const RUNS = 20;

await using muon = await Muon.start();
await using server = await PageServer.start('sdk');
const browser = await launchChromium();
await muon.api('POST', '/v1/rooms', { name: 'bench' });

const publisher = await browser.newPage();
await publisher.goto(server.url);
await publisher.evaluate((options) => window.participant.join(options), {
  token: await mint('publisher'),
  apiUrl: muon.apiUrl,
  colour: 'teal',
  frequencyHz: 440,
});

const firstFrameMs: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const page = await browser.newPage();
  await page.goto(server.url);
  const token = await mint(`viewer-${run}`);
  firstFrameMs.push(
    await page.evaluate((options) => window.participant.firstFrameMs(options), { token, apiUrl: muon.apiUrl }),
  );
  await page.close();
  process.stdout.write(`run ${run + 1} of ${RUNS}: ${Math.round(firstFrameMs.at(-1)!)} ms\n`);
}
await browser.close();

const figures = {
  firstFrameP50Ms: Math.round(percentile(firstFrameMs, 0.5)),
  firstFrameP95Ms: Math.round(percentile(firstFrameMs, 0.95)),
  firstFrameMinMs: Math.round(Math.min(...firstFrameMs)),
  runs: RUNS,
};
report('join', figures, { firstFrameMs });

async function mint(identity: string): Promise<string> {
  return (await muon.api<{ token: string }>('POST', '/v1/rooms/bench/tokens', { identity })).token;
}
