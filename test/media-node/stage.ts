import { MediaPort } from '@muon/media-node/io/media-port.ts';
import type { Sender } from '@muon/media-node/io/sender.ts';
import { PublishedTrack } from '@muon/media-node/signal/published-track.ts';
import { Track } from '@muon/media-node/track.ts';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { acceptAnswer, subscribeAnswer } from './page.ts';

/** Changes a description on its way. */
type Rewrite = (sdp: string) => string;

/** A browser calls it a freeze when no frame comes for so much longer than usual, at 15 frames a second. */
const PAUSE_MS = 150;

/** One track that a page publishes to a port of a node, and other pages that get it. Use with `await using`. */
export class Stage {
  readonly track: Track;
  /** How often the page, on a busy machine, made no picture for so long that whoever sees it would call it a freeze. */
  sourcePauses = 0;
  #pictureMs: number | undefined;
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
    let stage: Stage | undefined;
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
      if (receiver.rid === undefined || receiver.rid === receiver.rids[0]) {
        receiver.on('packet', ({ marker }, arrivalMs) => marker && stage?.pictureCame(arrivalMs));
      }
    });
    await acceptAnswer(page, await connection.answer(offer));
    stage = new Stage(port, await until('the track is there', () => published?.track));
    return stage;
  }

  /** A picture came from the page, whatever becomes of it. */
  pictureCame(arrivalMs: number): void {
    if (this.#pictureMs !== undefined && arrivalMs - this.#pictureMs > PAUSE_MS) this.sourcePauses++;
    this.#pictureMs = arrivalMs;
  }

  /** Brings the track to a page; `answer` may change what the page says to it. */
  async subscribe(
    page: Page,
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

function same(sdp: string): string {
  return sdp;
}
