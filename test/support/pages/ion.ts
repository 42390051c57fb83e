// A participant with the stock SDK of ion-sfu.
import type { Joined } from '@muon/contract/join.ts';
import { Client, LocalStream, type RemoteStream } from 'ion-sdk-js';
import { IonSFUJSONRPCSignal } from 'ion-sdk-js/lib/signal/json-rpc-impl.js';
import { makeLocalMedia } from './local-media.ts';
import type { JoinOptions } from './participant.ts';
import { RemoteMedia } from './remote-media.ts';

const remote = new RemoteMedia();
let client: Client | undefined;
const streams = new Map<string, RemoteStream>();

declare global {
  interface Window {
    /** What ion-sfu's clients can do besides. */
    ion: {
      /** Those of the others, to mute and unmute. */
      streams(): RemoteStream[];
      /** Sends a message to all others over a data channel with this label. */
      send(label: string, text: string): void;
      /** What others sent that way. */
      messages(): { readonly label: string; readonly text: string }[];
      /** Ids of the streams whose voices are heard, as it was told last. */
      speakers(): readonly string[];
    };
  }
}

let speakers: readonly string[] = [];
const messages: { readonly label: string; readonly text: string }[] = [];

window.ion = {
  streams: () => [...streams.values()],
  send(label, text) {
    const channel = client!.createDataChannel(label);
    channel.addEventListener('open', () => channel.send(text));
  },
  messages: () => messages,
  speakers: () => speakers,
};

window.participant = {
  async join({ token, apiUrl, ...options }: JoinOptions) {
    const answer = await fetch(`${apiUrl}/v1/join`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    const { url, accessToken, room } = (await answer.json()) as Joined;
    const signal = new IonSFUJSONRPCSignal(`${url}?access_token=${accessToken}`);
    client = new Client(signal, { codec: 'vp8', iceServers: [] });
    client.ontrack = (track, stream) => {
      remote.add(track);
      streams.set(stream.id, stream);
      stream.addEventListener('removetrack', ({ track: gone }) => remote.remove(gone.id));
    };
    client.ondatachannel = ({ channel }) => {
      channel.addEventListener('message', ({ data }) => messages.push({ label: channel.label, text: String(data) }));
    };
    client.onspeaker = (streamIds) => (speakers = streamIds);
    await new Promise<void>((resolve) => (signal.onopen = () => resolve()));
    await client.join(room.id, '');
    const constraints = { resolution: 'qvga', codec: 'vp8', audio: true, video: true, simulcast: false } as const;
    client.publish(new LocalStream(makeLocalMedia(options), constraints));
  },
  leave: () => client?.close(),
  firstFrameMs: () => Promise.reject(new Error('not measured with this client')),
  inbound: () => remote.inbound(),
  recorder: remote.recorder,
  frequencies: () => remote.frequencies(),
  colours: () => remote.colours(),
};
