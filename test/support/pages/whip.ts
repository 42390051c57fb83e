// A page that publishes by WHIP and plays by WHEP, with nothing but fetch.
import { makeLocalMedia, type LocalMediaOptions } from './local-media.ts';
import type { Inbound } from './remote-media.ts';
import { RemoteMedia } from './remote-media.ts';

interface Target {
  readonly url: string;
  readonly token: string;
}

export interface Session {
  /** Where the offer was answered, after redirects. */
  readonly answeredAt: string;
  readonly location: string;
  readonly etag: string;
}

/** What a page with a WHIP or WHEP session does for its test. */
export interface TestWhip {
  publish(options: Target & LocalMediaOptions): Promise<Session>;
  play(target: Target): Promise<Session>;
  /** Gives the status of the answer, and the new ETag. */
  restartIce(): Promise<{ readonly status: number; readonly etag: string | null }>;
  /** The user name fragment of the selected path. */
  usedUfrag(): Promise<string | undefined>;
  end(): Promise<number>;
  connectionState(): RTCPeerConnectionState;
  inbound(): Promise<Inbound[]>;
  frequencies(): Promise<number[]>;
}

declare global {
  interface Window {
    whip: TestWhip;
  }
}

const remote = new RemoteMedia();
let peer: RTCPeerConnection;
let session: Session;

async function begin({ url, token }: Target): Promise<Session> {
  await peer.setLocalDescription();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: peer.localDescription!.sdp,
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  const location = new URL(response.headers.get('location')!, response.url).href;
  session = { answeredAt: response.url, location, etag: response.headers.get('etag')! };
  return session;
}

window.whip = {
  publish(options) {
    peer = new RTCPeerConnection();
    const stream = makeLocalMedia(options);
    for (const track of stream.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    return begin(options);
  },
  play(target) {
    peer = new RTCPeerConnection();
    peer.addEventListener('track', ({ track }) => remote.add(track));
    for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
    return begin(target);
  },
  async restartIce() {
    const offer = await peer.createOffer({ iceRestart: true });
    await peer.setLocalDescription(offer);
    const line = (sdp: string, name: string): string => new RegExp(`a=${name}:\\S+`).exec(sdp)![0];
    const response = await fetch(session.location, {
      method: 'PATCH',
      headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
      body: ['ice-ufrag', 'ice-pwd'].map((name) => `${line(offer.sdp!, name)}\r\n`).join(''),
    });
    const fragment = await response.text();
    const answer = ['ice-ufrag', 'ice-pwd'].reduce(
      (sdp, name) => sdp.replaceAll(new RegExp(`a=${name}:\\S+`, 'g'), line(fragment, name)),
      peer.currentRemoteDescription!.sdp,
    );
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    return { status: response.status, etag: response.headers.get('etag') };
  },
  async usedUfrag() {
    const stats = [...(await peer.getStats()).values()];
    const transport = stats.find(({ type }) => type === 'transport');
    const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
    return stats.find(({ id }) => id === pair?.remoteCandidateId)?.usernameFragment;
  },
  async end() {
    return (await fetch(session.location, { method: 'DELETE' })).status;
  },
  connectionState: () => peer.connectionState,
  inbound: () => remote.inbound(),
  frequencies: () => remote.frequencies(),
};
