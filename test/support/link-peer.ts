import { once } from 'node:events';
import type { LinkNotice, LinkRequest } from '@muon/contract/link.ts';
import { Link } from '@muon/service/link-client.ts';
import type { LinkPacket } from '@muon/wire/link/frame.ts';
import type { MediaNode } from './media-node.ts';
import type { TokenOptions } from './fake-control-plane.ts';
import { until } from './until.ts';

type NoticeOf<Type extends LinkNotice['type']> = Extract<LinkNotice, { type: Type }>;

/** A link that keeps what it hears, as copies. */
export class LinkPeer {
  readonly link: Link;
  readonly notices: LinkNotice[] = [];
  readonly packets: LinkPacket[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(link: Link) {
    this.link = link;
    link.on('notice', (notice) => this.notices.push(notice));
    link.on('packets', (packets) => {
      this.packets.push(...packets.map(({ number, packet }) => ({ number, packet: Uint8Array.from(packet) })));
    });
    link.on('closed', (closed) => (this.closed = closed));
  }

  /** In the room, or closed, when this resolves. */
  static async open(node: MediaNode, options: TokenOptions): Promise<LinkPeer> {
    const token = await node.controlPlane.token({ ...options, grants: { link: true, ...options.grants } });
    const link = new Link(node.url('/link'), token);
    const peer = new LinkPeer(link);
    await Promise.race([once(link, 'notice'), once(link, 'closed')]);
    return peer;
  }

  /** The first notice of a type that `fits`, once it has come. */
  notice<Type extends LinkNotice['type']>(
    type: Type,
    fits: (notice: NoticeOf<Type>) => boolean = () => true,
  ): Promise<NoticeOf<Type>> {
    const isIt = (notice: LinkNotice): notice is NoticeOf<Type> =>
      notice.type === type && fits(notice as NoticeOf<Type>);
    return until(`the notice ${type}`, () => this.notices.find(isIt), { intervalMs: 10 });
  }

  /** Publishes a track; its id, once the room has it. */
  async publish(number: number, kind: 'audio' | 'video'): Promise<string> {
    const codec =
      kind === 'audio'
        ? { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 }
        : { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 };
    const source = kind === 'audio' ? 'microphone' : 'camera';
    this.request({ type: 'publish', number, kind, source, codec });
    return (await this.notice('published', (notice) => notice.number === number)).trackId;
  }

  /** Subscribes to a track; its number, once packets may follow. */
  async subscribe(trackId: string): Promise<number> {
    this.request({ type: 'subscribe', trackId });
    return (await this.notice('subscribed', (notice) => notice.trackId === trackId)).number;
  }

  request(request: LinkRequest): void {
    this.link.request(request);
  }

  close(): void {
    this.link.close();
  }
}
