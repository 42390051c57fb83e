import { avcFrame, avcSequenceHeader, aacFrame, aacSequenceHeader } from '@muon/wire/flv/tag.ts';
import { onMetaData } from '@muon/wire/flv/metadata.ts';
import AVPacket from 'node-media-server/src/core/avpacket.js';
import Context from 'node-media-server/src/core/context.js';
import BroadcastServer from 'node-media-server/src/server/broadcast_server.js';
import BaseSession from 'node-media-server/src/session/base_session.js';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';
import { RTMP_APP } from './session.ts';

/** Message types of RTMP and FLV. */
const AUDIO = 8;
const VIDEO = 9;
const DATA = 18;

/** What node-media-server has to know of a packet, to start a puller at a keyframe. */
const flags = { audioHeader: 0, audio: 1, videoHeader: 2, keyframe: 3, interframe: 4, metadata: 5 } as const;

const VIDEO_TICKS_PER_MS = 90;

/** A program within node-media-server: a publisher without a connection. */
export class Feed {
  readonly #broadcast: BroadcastServer;
  readonly #publisher = new BaseSession();
  #samplesPerMs = 48;

  constructor(egressId: string) {
    const path = `/${RTMP_APP}/${egressId}`;
    this.#publisher.streamPath = path;
    this.#broadcast = new BroadcastServer(path);
    Context.broadcasts.set(path, this.#broadcast);
    this.#broadcast.postPublish(this.#publisher);
  }

  /** How many pull it. */
  get pullers(): number {
    return this.#broadcast.subscribers.size;
  }

  /** A program begins, or begins again. */
  open({ video, audio }: ProgramTracks): void {
    this.#samplesPerMs = audio.sampleRate / 1000;
    this.#send(DATA, flags.metadata, 0, onMetaData(describe(video, audio)));
    this.#send(VIDEO, flags.videoHeader, 0, avcSequenceHeader(video.avcConfig));
    this.#send(AUDIO, flags.audioHeader, 0, aacSequenceHeader(audio.audioSpecificConfig));
  }

  video({ decodeTime, keyframe, data }: ProgramSample): void {
    const flag = keyframe ? flags.keyframe : flags.interframe;
    this.#send(VIDEO, flag, decodeTime / VIDEO_TICKS_PER_MS, avcFrame(data, keyframe));
  }

  audio({ decodeTime, data }: ProgramSample): void {
    this.#send(AUDIO, flags.audio, decodeTime / this.#samplesPerMs, aacFrame(data));
  }

  /** Ends it and lets its pullers go. */
  close(): void {
    for (const puller of this.#broadcast.subscribers.values()) puller.close();
    // Without grace for a publisher to come back: this one decides itself when it ends.
    this.#broadcast.publishGraceMs = 0;
    this.#broadcast.donePublish(this.#publisher);
    if (Context.broadcasts.get(this.#publisher.streamPath) === this.#broadcast) {
      Context.broadcasts.delete(this.#publisher.streamPath);
    }
  }

  #send(type: number, flag: number, timeMs: number, body: Uint8Array): void {
    const packet = new AVPacket();
    packet.codec_type = type;
    packet.flags = flag;
    // RTMP's clock has 32 bits and wraps after 49 days.
    packet.dts = Math.round(timeMs) >>> 0;
    packet.pts = packet.dts;
    packet.data = Buffer.from(body.buffer, body.byteOffset, body.length);
    packet.size = body.length;
    this.#broadcast.broadcastMessage(packet);
  }
}

function describe(video: ProgramTracks['video'], audio: ProgramTracks['audio']): Record<string, number | boolean> {
  const [avc, aac] = [7, 10];
  return {
    width: video.width,
    height: video.height,
    framerate: video.frameRate,
    videocodecid: avc,
    videodatarate: video.bitrateBps / 1000,
    audiocodecid: aac,
    audiosamplerate: audio.sampleRate,
    audiosamplesize: 16,
    stereo: audio.channels > 1,
    audiodatarate: audio.bitrateBps / 1000,
  };
}
