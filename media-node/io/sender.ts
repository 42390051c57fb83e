import { EventEmitter } from 'node:events';
import type { Codec } from '@muon/contract/link.ts';
import type { MediaKind } from '@muon/contract/participant.ts';
import type { Msid } from './receiver.ts';

export interface SenderEvents {
  /** The client cannot decode until a keyframe comes (PLI or FIR). */
  keyframeWanted: [];
}

export interface SenderOptions {
  readonly kind: MediaKind;
  readonly msid: Msid;
  /** What its packets carry; the payload type in them does not matter. */
  readonly codec: Codec;
}

/** One RTP stream that a client is sent. Packets come in by `MediaPort.forward`, from any source. */
export class Sender extends EventEmitter<SenderEvents> {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly msid: Msid;
  /** As it is sent: with the payload type of the offer. */
  readonly codec: Codec;
  readonly ssrc: number;

  constructor(options: SenderOptions & { mid: string; ssrc: number }) {
    super();
    this.mid = options.mid;
    this.kind = options.kind;
    this.msid = options.msid;
    this.codec = options.codec;
    this.ssrc = options.ssrc;
  }
}
