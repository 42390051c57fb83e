import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { Network } from '../support/network.ts';
import { PageServer } from '../support/page-server.ts';
import type { JoinOptions } from '../support/pages/participant.ts';
import type { Sample } from '../support/pages/recorder.ts';
import { until } from '../support/until.ts';

const people = {
  ada: { colour: '#e02020', frequencyHz: 500 },
  bob: { colour: '#20c020', frequencyHz: 800 },
  cyd: { colour: '#2020e0', frequencyHz: 1100 },
};

/**
 * With the bitrate of a camera: of a picture that takes next to nothing, a browser would learn so little of its network that it
 * sends next to nothing as soon as that gets worse.
 */
const picture = { width: 640, height: 360, detailed: true, camera: true };

export type Identity = keyof typeof people;

/** Real browsers in a room, and a network that misbehaves between them and the node. Use with `await using`. */
export class FaultStage implements AsyncDisposable {
  readonly network: Network;
  readonly node: MediaNode;
  readonly #browser: Browser;
  readonly #server: PageServer;
  readonly #pages = new Map<Identity, Page>();

  private constructor(network: Network, node: MediaNode, browser: Browser, server: PageServer) {
    this.network = network;
    this.node = node;
    this.#browser = browser;
    this.#server = server;
  }

  /** With these in the room, who see each other. */
  static async open(identities: readonly Identity[], settings: Record<string, string> = {}): Promise<FaultStage> {
    const network = await Network.start();
    const node = await MediaNode.start({ ...network.settings, ...settings });
    await network.attach(node);
    const stage = new FaultStage(network, node, await launchChromium(), await PageServer.start('sdk'));
    for (const identity of identities) await stage.join(identity);
    for (const identity of identities) await stage.sees(identity, identities.length - 1);
    return stage;
  }

  page(identity: Identity): Page {
    return this.#pages.get(identity)!;
  }

  async join(identity: Identity, options: Partial<JoinOptions> = {}): Promise<void> {
    const page = await this.#open(identity);
    const media = { ...people[identity], ...picture, ...options, ...this.#access(identity) };
    await page.evaluate((all) => window.participant.join(all), media);
  }

  /** One who sends nothing; resolves when somebody is seen. */
  async joinToWatch(identity: Identity): Promise<void> {
    const page = await this.#open(identity);
    await page.evaluate((access) => window.participant.firstFrameMs(access), this.#access(identity));
  }

  /** Waits until so many others are decoded, video and audio. */
  async sees(identity: Identity, others: number): Promise<void> {
    await until(`${identity} sees and hears ${others}`, async () => {
      const streams = await this.page(identity).evaluate(() => window.participant.inbound());
      const videos = streams.filter(({ framesDecoded }) => framesDecoded > 10);
      const sounds = streams.filter(({ totalAudioEnergy }) => totalAudioEnergy > 0.001);
      return videos.length === others && sounds.length === others;
    });
  }

  /** Who is in the room besides, as the client knows. */
  others(identity: Identity): Promise<string[]> {
    return this.page(identity).evaluate(() => window.room.participants.map((participant) => participant.identity));
  }

  /** The ports that a page sends from. */
  ports(identity: Identity): Promise<number[]> {
    return this.page(identity).evaluate(() => window.participant.recorder.ports());
  }

  /** Looks at what a page receives from now on. */
  async record(identity: Identity): Promise<void> {
    await this.page(identity).evaluate(() => window.participant.recorder.start());
  }

  /** What it has received since then. */
  async recorded(identity: Identity): Promise<readonly Sample[]> {
    return this.page(identity).evaluate(() => window.participant.recorder.samples);
  }

  /** Lets a fault go on for as long as it is to be measured. */
  sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, seconds * 1000);
    });
  }

  /** What a page receives while this much time passes. */
  async recordFor(identity: Identity, seconds: number): Promise<readonly Sample[]> {
    await this.record(identity);
    await this.sleep(seconds);
    return this.recorded(identity);
  }

  async #open(identity: Identity): Promise<Page> {
    const page = await this.#browser.newPage();
    this.#pages.set(identity, page);
    await page.goto(this.#server.url);
    return page;
  }

  #access(identity: Identity): Pick<JoinOptions, 'token' | 'apiUrl'> {
    return { token: this.node.controlPlane.joinToken({ identity }), apiUrl: this.node.controlPlane.url };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#server[Symbol.asyncDispose]();
    await this.node[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
  }
}
