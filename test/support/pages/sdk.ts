// A participant with Muon's own SDK.
import { Room } from '@muon/client/room.ts';
import { LipSyncMeter, makeFlashesAndBeeps } from './lip-sync.ts';
import { makeLocalMedia } from './local-media.ts';
import type { JoinOptions } from './participant.ts';
import { RemoteMedia } from './remote-media.ts';

declare global {
  interface Window {
    /** For tests that ask the SDK itself. */
    room: Room;
    /** What the room has told, each as its name and payload. */
    told: { readonly name: string; readonly payload: object }[];
    /** Every peer connection that was made. */
    peers: readonly RTCPeerConnection[];
    /** How far sound is behind the picture, of what this page publishes or else of what it is sent. */
    lipSync: { publish(): Promise<void>; watch(): void; readonly offsetsMs: readonly number[] };
  }
}

const remote = new RemoteMedia();
const room = new Room();
window.room = room;
window.told = [];
window.peers = remote.connections;
for (const name of [
  'interrupted',
  'resumed',
  'reconnecting',
  'reconnected',
  'moved',
  'disconnected',
  'participantChanged',
  'localParticipantChanged',
  'subscriptionChanged',
  'speakersChanged',
  'qualityChanged',
  'messageReceived',
] as const) {
  room.on(name, (payload) => window.told.push({ name, payload }));
}
const shown = new Set<string>();

room.on('mediaChanged', () => {
  const present = room.participants.flatMap(({ tracks }) => tracks.flatMap(({ media }) => media ?? []));
  for (const track of present) if (!shown.has(track.id)) remote.add(track);
  const ids = new Set(present.map(({ id }) => id));
  for (const id of shown) if (!ids.has(id)) remote.remove(id);
  shown.clear();
  for (const id of ids) shown.add(id);
});

let meter: LipSyncMeter | undefined;
window.lipSync = {
  async publish() {
    const media = makeFlashesAndBeeps();
    const [audio, video] = [media.getAudioTracks()[0]!, media.getVideoTracks()[0]!];
    await room.publish(audio, { source: 'microphone' });
    await room.publish(video, { source: 'camera' });
    meter = new LipSyncMeter(audio, video);
  },
  watch() {
    const tracks = room.participants.flatMap((participant) => participant.tracks);
    const [audio, video] = (['audio', 'video'] as const).map((kind) => tracks.find((track) => track.kind === kind));
    meter = new LipSyncMeter(audio!.media!, video!.media!);
  },
  get offsetsMs() {
    return meter?.offsetsMs ?? [];
  },
};

window.participant = {
  async join({ token, apiUrl, simulcast = false, ...options }: JoinOptions) {
    await room.connect(token, { apiUrl });
    const media = makeLocalMedia(options);
    for (const track of media.getTracks()) {
      await room.publish(track, { source: track.kind === 'video' ? 'camera' : 'microphone', simulcast });
    }
  },
  leave: () => room.leave(),
  async firstFrameMs({ token, apiUrl }) {
    const startedMs = performance.now();
    const [, endedMs] = await Promise.all([
      room.connect(token, { apiUrl }),
      remote.firstFrame().then(() => performance.now()),
    ]);
    return endedMs - startedMs;
  },
  inbound: () => remote.inbound(),
  recorder: remote.recorder,
  frequencies: () => remote.frequencies(),
  colours: () => remote.colours(),
};
