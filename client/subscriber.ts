import { mediaSections } from './sdp.ts';

/** The peer connection on which the node offers what the others send. */
export class Subscriber {
  readonly pc: RTCPeerConnection;
  #media: ReadonlyMap<string, MediaStreamTrack> = new Map();

  constructor(pc: RTCPeerConnection) {
    this.pc = pc;
  }

  /** The track that the node sends under an msid. */
  media(msid: string): MediaStreamTrack | undefined {
    return this.#media.get(msid);
  }

  async answer(offer: RTCSessionDescriptionInit): Promise<RTCSessionDescriptionInit> {
    await this.pc.setRemoteDescription(offer);
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    this.#media = this.#received(offer.sdp ?? '');
    return { type: 'answer', sdp: this.pc.localDescription?.sdp ?? '' };
  }

  /** By mid: only some browsers give a received track the id of its msid. */
  #received(sdp: string): Map<string, MediaStreamTrack> {
    const transceivers = new Map(this.pc.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
    const media = new Map<string, MediaStreamTrack>();
    for (const { mid, msid, sending } of mediaSections(sdp)) {
      const transceiver = transceivers.get(mid);
      if (sending && msid !== undefined && transceiver) media.set(msid, transceiver.receiver.track);
    }
    return media;
  }
}
