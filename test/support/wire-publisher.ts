import { WireConnection, type WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';
import type { MediaNode } from './media-node.ts';
import { RpcClient } from './rpc-client.ts';
import { until } from './until.ts';

/** Somebody in a room who publishes packets of the test's own making. Use with `using`. */
export class WirePublisher {
  readonly connection: WireConnection;
  readonly #rpc: RpcClient;

  private constructor(connection: WireConnection, rpc: RpcClient) {
    this.connection = connection;
    this.#rpc = rpc;
  }

  /** Resolves when packets can be sent. */
  static async join(node: MediaNode, identity: string, medium: WireMedia): Promise<WirePublisher> {
    const rpc = await RpcClient.open(node.url('/ws'), await node.controlPlane.token({ identity }));
    const connection = await WireConnection.create();
    const offer = connection.offer([medium]);
    const { result } = await rpc.call('join', { sid: 'test', offer: { type: 'offer', sdp: offer } });
    connection.begin((result as { sdp: string }).sdp);
    await until('the publisher is connected', () => connection.connected);
    return new WirePublisher(connection, rpc);
  }

  /** A plain RTP packet. */
  send(packet: Uint8Array): void {
    this.connection.send(this.connection.protect(packet));
  }

  [Symbol.dispose](): void {
    this.connection.close();
    this.#rpc.close();
  }
}
