import { launchChromium } from '../support/chromium.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { Muon } from '../support/muon.ts';
import { PageServer } from '../support/page-server.ts';
import type { Sample } from '../support/pages/recorder.ts';
import { until } from '../support/until.ts';
import {
  audioFigures,
  growth,
  longestGapMs,
  sentGrowth,
  videoFigures,
  type AudioFigures,
  type VideoFigures,
} from './figures.ts';
import { FaultStage } from './stage.ts';

/** How long a fault goes on while it is measured. */
const SECONDS = 30;

/** A call, not its beginning: browsers have found out by then what the network carries. */
const WARM_UP_SECONDS = 8;

/** Each packet is lost with a probability of one in ten on each of the two ways through the network, which take 100 ms back and forth. */
export async function randomLoss(): Promise<{ video: VideoFigures; audio: AudioFigures }> {
  await using stage = await FaultStage.open([]);
  const path = { delayMs: 50 };
  await stage.network.set({ up: path, down: path });
  for (const identity of ['ada', 'bob'] as const) await stage.join(identity);
  for (const identity of ['ada', 'bob'] as const) await stage.sees(identity, 1);
  await stage.sleep(WARM_UP_SECONDS);
  await stage.network.set({ up: { ...path, loss: 0.1 }, down: { ...path, loss: 0.1 } });
  const samples = await stage.recordFor('bob', SECONDS);
  return { video: videoFigures(samples), audio: audioFigures(samples) };
}

/** How a subscriber's video followed what its network could carry. */
export interface DownlinkFigures {
  readonly video: VideoFigures;
  readonly audio: AudioFigures;
  /** From the drop to the first frame of a lower layer, and from the return to the first one of the top again. */
  readonly lowerAfterMs: number;
  readonly topAfterMs: number;
  /** The heights of the picture in the order in which they were seen. */
  readonly heights: readonly number[];
}

/** What the network carries to the subscriber falls from 3 Mbit/s to 400 kbit/s, and comes back. */
export async function downlink(): Promise<DownlinkFigures> {
  await using stage = await FaultStage.open([]);
  await stage.join('ada', { width: 1280, height: 720, camera: false, detailed: true, simulcast: true });
  await stage.joinToWatch('bob');
  const carries = async (bitrateBps: number): Promise<void> => {
    const rate = { bitrateBps, queueMs: 300 };
    await stage.network.set({ down: { delayMs: 20, rate } }, { clientPorts: await stage.ports('bob') });
  };
  await stage.sees('bob', 1);
  await carries(3_000_000);
  await stage.record('bob');
  const height = async (): Promise<number> => heightOf((await stage.recorded('bob')).at(-1));
  await until('the top layer is seen', async () => (await height()) === 720, { timeoutMs: 60_000 });
  await stage.sleep(5);
  await stage.record('bob');
  await stage.sleep(1);
  const droppedMs = await stage.page('bob').evaluate(() => performance.now());
  await carries(400_000);
  await stage.sleep(15);
  const returnedMs = await stage.page('bob').evaluate(() => performance.now());
  await carries(3_000_000);
  await stage.sleep(15);
  const samples = await stage.recorded('bob');
  const after = (sinceMs: number, is: (height: number) => boolean): number =>
    (samples.find((sample) => sample.atMs > sinceMs && is(heightOf(sample)))?.atMs ?? Infinity) - sinceMs;
  const heights = samples.map(heightOf);
  return {
    video: videoFigures(samples),
    audio: audioFigures(samples),
    lowerAfterMs: Math.round(after(droppedMs, (seen) => seen < 720)),
    topAfterMs: Math.round(after(returnedMs, (seen) => seen === 720)),
    heights: heights.filter((seen, index) => seen !== heights[index - 1]),
  };
}

/** Of the picture that is decoded; 0 while there is none. */
function heightOf(sample: Sample | undefined): number {
  return sample?.streams.find(({ kind, frameHeight }) => kind === 'video' && frameHeight > 0)?.frameHeight ?? 0;
}

/** How a network that delays, reorders and doubles was borne. */
export interface JitterFigures {
  readonly video: VideoFigures;
  readonly audio: AudioFigures;
  /** Media packets that were doubled on their way to the node, and how many the node refused for it. */
  readonly doubledUp: number;
  readonly replayed: number;
  /** Frames that the publisher sent, and that the subscriber decoded, from before the fault to after it. */
  readonly framesSent: number;
  readonly framesDecoded: number;
  /** Packets that came late, on both ways, and requests for them. */
  readonly reordered: number;
  readonly nacksByNode: number;
  readonly nacksBySubscriber: number;
}

/** Each second nothing comes for 200 ms; one packet in twenty is overtaken by 30 ms, one in twenty comes twice. */
export async function jitter(): Promise<JitterFigures> {
  await using stage = await FaultStage.open(['ada', 'bob']);
  await stage.sleep(WARM_UP_SECONDS);
  const share = 0.05;
  const conditions = {
    delayMs: 20,
    stalls: { everyMs: 1000, forMs: 200 },
    reordering: { share, byMs: 30 },
    duplicates: share,
  };
  const replayedBefore = await stage.node.metric('muon_media_replayed_total');
  const before = await stage.network.flows();
  await stage.record('ada');
  await stage.record('bob');
  await stage.network.set({ up: conditions, down: conditions });
  await stage.sleep(SECONDS);
  await stage.network.set({ up: {}, down: {} });
  await stage.sleep(2);
  const [sent, received] = [await stage.recorded('ada'), await stage.recorded('bob')];
  const after = await stage.network.flows();
  const total = (flows: typeof after, read: (flow: (typeof after)[number]) => number): number =>
    flows.reduce((sum, flow) => sum + read(flow), 0);
  const packets = total(after, ({ up, down }) => up.received + down.received);
  return {
    video: videoFigures(received),
    audio: audioFigures(received),
    doubledUp: total(after, ({ up }) => up.mediaDuplicated) - total(before, ({ up }) => up.mediaDuplicated),
    replayed: (await stage.node.metric('muon_media_replayed_total')) - replayedBefore,
    framesSent: sentGrowth(sent, 'framesSent'),
    framesDecoded: growth(received, 'video', 'framesDecoded'),
    reordered: Math.round((packets - total(before, ({ up, down }) => up.received + down.received)) * share),
    nacksByNode: sentGrowth(sent, 'nackCount'),
    nacksBySubscriber: growth(received, 'video', 'nackCount') + growth(received, 'audio', 'nackCount'),
  };
}

/** How long media stays away when a client gets another address and port outside. */
export interface RebindFigures {
  /** What the client received, per change. */
  readonly awayMs: readonly number[];
  /** What the others received of it. */
  readonly unseenMs: readonly number[];
}

export async function rebind(times: number): Promise<RebindFigures> {
  await using stage = await FaultStage.open(['ada', 'bob']);
  await stage.network.set({ up: { delayMs: 20 }, down: { delayMs: 20 } });
  const awayMs: number[] = [];
  const unseenMs: number[] = [];
  for (let time = 0; time < times; time++) {
    await stage.record('ada');
    await stage.record('bob');
    const clientPorts = await stage.ports('bob');
    const changed = await stage.network.rebind(time % 2 === 0 ? '127.0.0.2' : '127.0.0.1', { clientPorts });
    // One that he publishes on, one that he subscribes on; and those that were only tried.
    if (changed < 2) throw new Error(`${changed} connections were changed`);
    // Not in step with anything that comes every second.
    await stage.sleep(6 + time * 0.37);
    awayMs.push(videoFigures(await stage.recorded('bob')).longestGapMs);
    unseenMs.push(videoFigures(await stage.recorded('ada')).longestGapMs);
  }
  return { awayMs, unseenMs };
}

/** How a room bears that signalling is cut off, while media goes on. */
export interface SignalCutFigures {
  /** For each client, from before the cut to after it. */
  readonly longestGapMs: readonly number[];
  readonly concealedShare: readonly number[];
  /** From the end of the cut until everybody knew who had come and gone meanwhile. */
  readonly resyncedMs: number;
  /** Sessions that went on, and joins that were made instead. */
  readonly joins: number;
}

/** All WebSockets of browsers break and cannot be made again for this long; somebody comes meanwhile, and somebody goes. */
export async function signalCut(seconds: number): Promise<SignalCutFigures> {
  await using stage = await FaultStage.open(['ada', 'bob']);
  const leaver = await LinkPeer.open(stage.node, { identity: 'leaver', kind: 'sip' });
  await until('the leaver is known', async () => (await stage.others('bob')).includes('leaver'));
  const joinsBefore = await stage.node.metric('muon_joins_total', 'webrtc');
  for (const identity of ['ada', 'bob'] as const) await stage.record(identity);
  await stage.network.cutTcp();
  await stage.sleep(seconds / 2);
  leaver.close();
  const comer = await LinkPeer.open(stage.node, { identity: 'comer', kind: 'sip' });
  await stage.sleep(seconds / 2);
  const mendedMs = performance.now();
  await stage.network.mendTcp();
  for (const [identity, other] of [['ada', 'bob'] as const, ['bob', 'ada'] as const]) {
    await until(`${identity} knows who is there`, async () => {
      const others = await stage.others(identity);
      return others.toSorted().join() === ['comer', other].toSorted().join();
    });
  }
  const resyncedMs = Math.round(performance.now() - mendedMs);
  await stage.sleep(3);
  const recordings = [await stage.recorded('ada'), await stage.recorded('bob')];
  comer.close();
  return {
    longestGapMs: recordings.map((samples) => Math.round(longestGapMs(samples))),
    concealedShare: recordings.map((samples) => audioFigures(samples).concealedShare),
    resyncedMs,
    joins: (await stage.node.metric('muon_joins_total', 'webrtc')) - joinsBefore,
  };
}

/** How long video stays away when the media node of a whole system is killed; the clients join again by themselves. */
export async function nodeKilled(): Promise<{ awayMs: number[] }> {
  await using muon = await Muon.start();
  await using server = await PageServer.start('sdk');
  const browser = await launchChromium();
  await using _ = { [Symbol.asyncDispose]: () => browser.close() };
  await muon.api('POST', '/v1/rooms', { name: 'lesson' });
  const pages = await Promise.all(
    ['ada', 'bob'].map(async (identity) => {
      const page = await browser.newPage();
      await page.goto(server.url);
      const { token } = await muon.api<{ token: string }>('POST', '/v1/rooms/lesson/tokens', { identity });
      const media = { colour: 'teal', frequencyHz: 440, token, apiUrl: muon.apiUrl };
      await page.evaluate((options) => window.participant.join(options), media);
      return page;
    }),
  );
  const record = (): Promise<unknown> =>
    Promise.all(pages.map((page) => page.evaluate(() => window.participant.recorder.start())));
  const recorded = (): Promise<readonly (readonly Sample[])[]> =>
    Promise.all(pages.map((page) => page.evaluate(() => window.participant.recorder.samples)));
  await record();
  await until('everybody is seen', async () =>
    (await recorded()).every((samples) => growth(samples, 'video', 'framesDecoded') > 15),
  );
  await record();
  const node = muon.processes().find(({ command }) => command.includes('media-node/main.ts'));
  process.kill(node!.pid, 'SIGKILL');
  await until(
    'everybody is seen again',
    async () => (await recorded()).every((samples) => longestGapMs(samples) > 1000 && bringsFrames(samples)),
    { timeoutMs: 60_000 },
  );
  return { awayMs: (await recorded()).map((samples) => Math.round(longestGapMs(samples))) };
}

/** Whether frames came in the last second. */
function bringsFrames(samples: readonly Sample[]): boolean {
  return growth(samples.slice(-5), 'video', 'framesDecoded') > 5;
}
