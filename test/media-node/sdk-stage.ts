import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { MediaNode } from '../support/media-node.ts';
import { PageServer } from '../support/page-server.ts';
import type { JoinOptions } from '../support/pages/participant.ts';

/** A node, and pages of a browser that have Muon's own SDK. Use with `await using`. */
export class SdkStage implements AsyncDisposable {
  readonly node: MediaNode;
  readonly #browser: Browser;
  readonly #server: PageServer;

  private constructor(node: MediaNode, browser: Browser, server: PageServer) {
    this.node = node;
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<SdkStage> {
    return new SdkStage(await MediaNode.start(), await launchChromium(), await PageServer.start('sdk'));
  }

  /** A page with somebody who is in the room and sends nothing. */
  async connect(identity: string): Promise<Page> {
    const page = await this.#openPage();
    await page.evaluate(({ token, apiUrl }) => window.room.connect(token, { apiUrl }), this.#access(identity));
    return page;
  }

  /** A page with somebody who sends sound and a picture. */
  async join(identity: string): Promise<Page> {
    const page = await this.#openPage();
    const media = { colour: '#e02020', frequencyHz: 500, width: 320, height: 240 };
    await page.evaluate((options) => window.participant.join(options), { ...media, ...this.#access(identity) });
    return page;
  }

  async #openPage(): Promise<Page> {
    const page = await this.#browser.newPage();
    await page.goto(this.#server.url);
    return page;
  }

  #access(identity: string): Pick<JoinOptions, 'token' | 'apiUrl'> {
    const { controlPlane } = this.node;
    return { token: controlPlane.joinToken({ identity }), apiUrl: controlPlane.url };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#server[Symbol.asyncDispose]();
    await this.node[Symbol.asyncDispose]();
  }
}
