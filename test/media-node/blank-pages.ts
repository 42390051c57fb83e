import { createServer, type Server } from 'node:http';
import type { Browser, Frame, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';

/** Empty pages of a browser, of an origin that counts as secure, so that they have media devices. Use with `await using`. */
export class BlankPages {
  readonly #browser: Browser;
  readonly #site: Server;

  private constructor(browser: Browser, site: Server) {
    this.#browser = browser;
    this.#site = site;
  }

  static async start(): Promise<BlankPages> {
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html>');
    });
    await new Promise<void>((resolve) => {
      site.listen(0, '127.0.0.1', resolve);
    });
    return new BlankPages(await launchChromium(), site);
  }

  async open(): Promise<Page> {
    const page = await (await this.#browser.newContext()).newPage();
    await page.goto(this.#url);
    return page;
  }

  /** A page inside of a page: it shares its process, and so whatever holds that up. */
  async openInside(page: Page): Promise<Frame> {
    const element = await page.evaluateHandle(async (src) => {
      const frame = document.createElement('iframe');
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      frame.src = src;
      document.body.append(frame);
      await loaded;
      return frame;
    }, this.#url);
    return (await element.contentFrame())!;
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#site.address() as { port: number }).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#site.close();
  }
}
