import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Serves a page whose script is one file of pages/, bundled, on this host. Use with `await using`. */
export class PageServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.url = `http://${address}:${port}/`;
  }

  static async start(page: 'sdk' | 'ion' | 'player' | 'whip', host = '127.0.0.1'): Promise<PageServer> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, 'pages', `${page}.ts`)],
      bundle: true,
      write: false,
      format: 'esm',
      define: { global: 'window' },
    });
    const html = `<!doctype html><meta charset="utf-8"><title>${page}</title><body><script type="module">${bundle.outputFiles[0]!.text.replaceAll('</script', String.raw`<\/script`)}</script>`;
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return new PageServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
