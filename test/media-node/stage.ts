import { MediaPort } from '@muon/media-node/io/media-port.ts';
import type { Sender } from '@muon/media-node/io/sender.ts';
import { PublishedTrack } from '@muon/media-node/signal/published-track.ts';
import { Track } from '@muon/media-node/track.ts';
import type { Frame, Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { acceptAnswer, subscribeAnswer } from './page.ts';

/** Changes a description on its way. */
type Rewrite = (sdp: string) => string;

/** One track that a page publishes to a port of a node, and other pages that get it. Use with `await using`. */
export class Stage {
  readonly track: Track;
  readonly #port: MediaPort;

  private constructor(port: MediaPort, track: Track) {
    this.#port = port;
    this.track = track;
  }

  /** `offer` is the page's. */
  static async publish(page: Page, offer: string): Promise<Stage> {
    const port = await MediaPort.open({ host: '127.0.0.1', port: 0 });
    const connection = port.openConnection();
    let published: PublishedTrack | undefined;
    connection.on('receiver', (receiver) => {
      const { kind, codec } = receiver;
      published ??= new PublishedTrack(
        new Track('ada', {
          kind,
          source: 'other',
          codec,
          streamId: 'stream',
          forwarder: port,
          requestKeyframe: (encoding) => published?.requestKeyframe(encoding),
        }),
      );
      published.add(receiver);
    });
    await acceptAnswer(page, withBitrateFromStart(await connection.answer(offer)));
    return new Stage(port, await until('the track is there', () => published?.track));
  }

  /** Brings the track to a page; `answer` may change what the page says to it. */
  async subscribe(
    page: Page | Frame,
    { offer = same, answer = same }: { offer?: Rewrite; answer?: Rewrite } = {},
  ): Promise<Sender> {
    const { track } = this;
    const { kind, codec, streamId, id } = track;
    const connection = this.#port.openConnection();
    const sender = connection.addSender({ kind, codec, msid: { streamId, trackId: id } });
    sender.on('keyframeWanted', (encoding) => track.requestKeyframe(encoding));
    await connection.acceptAnswer(answer(await subscribeAnswer(page, offer(await connection.offer()))));
    await until('the subscriber is connected', () => connection.connected);
    track.addSender(sender);
    return sender;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port.close();
  }
}

/**
 * Lets Chromium send all layers from the start, whatever it thinks of the network: on a busy machine it may need a minute
 * to think better of it.
 */
function withBitrateFromStart(answer: string): string {
  const kbps = 'x-google-min-bitrate=2000;x-google-start-bitrate=2500';
  return answer.replaceAll(
    /^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)\/.*(\r\na=fmtp:\1 .*)?$/gm,
    (lines, payloadType, fmtp) => (fmtp ? `${lines};${kbps}` : `${lines}\r\na=fmtp:${payloadType} ${kbps}`),
  );
}

function same(sdp: string): string {
  return sdp;
}
