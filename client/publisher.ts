import type { TrackSource } from '@muon/contract/participant.ts';
import type { LocalTrack } from './local-track.ts';
import { simulcastLayers } from './simulcast-layers.ts';
import { mediaSections, trackIdOf, withOpusNack, withOpusParameters } from './sdp.ts';

/** What the node is told of a track that is offered to it. */
interface OfferedTrack {
  readonly source: TrackSource;
  readonly name?: string;
  readonly muted: boolean;
}

/** What is played in step: browsers align the sound and the picture of one stream, and of no others. */
const groups: Readonly<Record<TrackSource, 'person' | 'screen' | 'other'>> = {
  camera: 'person',
  microphone: 'person',
  screen: 'screen',
  'screen-audio': 'screen',
  other: 'other',
};

/** What is offered to the node. */
export interface Offer {
  readonly desc: { readonly type: 'offer'; readonly sdp: string };
  /** What each track is, by its id in the SDP. */
  readonly tracks: Readonly<Record<string, OfferedTrack>>;
}

function describe({ source, name, muted }: LocalTrack): OfferedTrack {
  return { source, muted, ...(name === undefined ? {} : { name }) };
}

/** How the sound of a track is to be encoded (RFC 7587). */
function opusParameters({ dtx, stereo }: LocalTrack): string[] {
  return [...(dtx ? ['usedtx=1'] : []), ...(stereo ? ['stereo=1', 'sprop-stereo=1'] : [])];
}

/** Has sound sent with redundancy (RFC 2198), where the browser can. */
function preferRedundancy(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities('audio')?.codecs ?? [];
  const isRed = ({ mimeType }: RTCRtpCodec): boolean => mimeType.toLowerCase() === 'audio/red';
  transceiver.setCodecPreferences([...codecs.filter(isRed), ...codecs.filter((codec) => !isRed(codec))]);
}

/**
 * The first medium of a bundle carries the others' transport (RFC 9143 section 7.2): browsers that stop it begin anew with all
 * of them.
 */
function fallSilent(transceiver: RTCRtpTransceiver): void {
  transceiver.direction = 'inactive';
  // It fails only where the connection is closed.
  transceiver.sender.replaceTrack(null).catch(() => undefined);
}

/** The peer connection on which this side offers what it sends. */
export class Publisher {
  readonly pc: RTCPeerConnection;
  readonly #streams = { person: new MediaStream(), screen: new MediaStream(), other: new MediaStream() };
  readonly #transceivers = new Map<LocalTrack, RTCRtpTransceiver>();

  constructor(pc: RTCPeerConnection) {
    this.pc = pc;
  }

  /** Whether there is nothing to agree on with the node: no track was ever added. */
  get empty(): boolean {
    return this.pc.getTransceivers().length === 0;
  }

  add(track: LocalTrack): void {
    const transceiver = this.pc.addTransceiver(track.media, {
      direction: 'sendonly',
      streams: [this.#streams[groups[track.source]]],
      ...(track.simulcast && track.kind === 'video'
        ? { sendEncodings: simulcastLayers(track.media.getSettings()) }
        : {}),
    });
    if (track.redundancy && track.kind === 'audio') preferRedundancy(transceiver);
    this.#transceivers.set(track, transceiver);
  }

  remove(track: LocalTrack): void {
    const transceiver = this.#transceivers.get(track);
    if (!transceiver) return;
    this.#transceivers.delete(track);
    if (transceiver === this.pc.getTransceivers()[0]) fallSilent(transceiver);
    else transceiver.stop();
  }

  async replaceMedia(track: LocalTrack): Promise<void> {
    await this.#transceivers.get(track)?.sender.replaceTrack(track.media);
  }

  async offer(): Promise<Offer> {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    const tracks: Record<string, OfferedTrack> = {};
    const opus = new Map<string, readonly string[]>();
    for (const [track, { mid }] of this.#transceivers) {
      const id = this.clientTrackId(track);
      if (id !== undefined) tracks[id] = describe(track);
      if (mid !== null) opus.set(mid, opusParameters(track));
    }
    const sdp = withOpusParameters(withOpusNack(this.pc.localDescription?.sdp ?? ''), opus);
    return { desc: { type: 'offer', sdp }, tracks };
  }

  async accept(answer: RTCSessionDescriptionInit): Promise<void> {
    await this.pc.setRemoteDescription(answer);
  }

  /** The id that the node knows a track by: browsers differ in whether it is the MediaStreamTrack's own. */
  clientTrackId(track: LocalTrack): string | undefined {
    const mid = this.#transceivers.get(track)?.mid;
    const sections = mediaSections(this.pc.localDescription?.sdp ?? '');
    const msid = sections.find((section) => section.mid === mid)?.msid;
    return msid === undefined ? undefined : trackIdOf(msid);
  }
}
