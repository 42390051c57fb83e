import type { EgressAssignment } from '@muon/contract/internal.ts';
import type { Codec } from '@muon/contract/link.ts';
import type { Log } from '@muon/service/log.ts';
import type { Participants } from '../layout/participants.ts';
import { tileSources } from '../layout/tiles.ts';
import { SAMPLE_RATE } from '../receive/audio-timeline.ts';
import { LipSync, PlayoutClock } from '../receive/playout-clock.ts';
import { AudioInput } from './audio-input.ts';
import { Canvas } from './canvas.ts';
import { Composer } from './composer.ts';
import type { AudioEncoder, Encoded, MediaEngine, VideoEncoder } from './engine.ts';
import type { ProgramSample, ProgramTally, ProgramTracks } from './messages.ts';
import { Mixer } from './mixer.ts';
import { Pacer } from './pacer.ts';
import type { RoomLink } from './room-link.ts';
import type { InputTally, TrackInput } from './track-input.ts';
import { VideoInput } from './video-input.ts';

export interface ProgramOptions {
  readonly assignment: EgressAssignment;
  /** When its timeline began. */
  readonly epochMs: number;
  readonly engine: MediaEngine;
  readonly room: RoomLink;
  readonly output: ProgramOutput;
  readonly log: Log;
}

/** Where a program's media goes; called in the order of decoding. */
export interface ProgramOutput {
  opened(tracks: ProgramTracks): void;
  video(sample: ProgramSample): void;
  audio(sample: ProgramSample): void;
}

/** A room as one picture and one sound: composed, encoded once, handed on at the pace of real time. */
export class Program {
  readonly #options: ProgramOptions;
  readonly #composer: Composer;
  readonly #canvas: Canvas;
  readonly #videoEncoder: VideoEncoder;
  readonly #audioEncoder: AudioEncoder;
  readonly #pacer: Pacer;
  readonly #mixer: Mixer;
  readonly #videos = new Map<string, VideoInput>();
  readonly #audios = new Map<string, AudioInput>();
  /** By identity. */
  readonly #lipSyncs = new Map<string, LipSync>();
  readonly #inputTally: InputTally = { packetsLost: 0, malformed: 0, decodeFailures: 0, lateSamples: 0 };
  #picturesEncoded = 0;
  #wanted = new Set<string>();
  #closed = false;

  /** Opens the encoders. */
  static async open(options: ProgramOptions): Promise<Program> {
    const { width, height, frameRate, videoBitrateBps, audioBitrateBps } = options.assignment.encoding;
    const video = await options.engine.openVideoEncoder({ width, height, frameRate, bitrateBps: videoBitrateBps });
    const audio = await options.engine.openAudioEncoder({ bitrateBps: audioBitrateBps });
    options.output.opened({
      video: { width, height, frameRate, bitrateBps: videoBitrateBps, avcConfig: video.avcConfig },
      audio: {
        sampleRate: SAMPLE_RATE,
        channels: 2,
        bitrateBps: audioBitrateBps,
        audioSpecificConfig: audio.audioSpecificConfig,
      },
    });
    return new Program(options, video, audio);
  }

  private constructor(options: ProgramOptions, videoEncoder: VideoEncoder, audioEncoder: AudioEncoder) {
    const { width, height, frameRate } = options.assignment.encoding;
    this.#options = options;
    this.#canvas = new Canvas(width, height);
    this.#composer = new Composer(this.#canvas, options.assignment.layout);
    this.#videoEncoder = videoEncoder;
    this.#audioEncoder = audioEncoder;
    this.#pacer = new Pacer(frameRate, this.#nowMs());
    this.#mixer = new Mixer(this.#nowMs());
    options.room.on('changed', (participants) => this.#onChanged(participants));
    options.room.on('subscribed', (track) => void this.#onSubscribed(track));
    options.room.on('unsubscribed', ({ trackId }) => this.#drop(trackId));
    options.room.on('packet', ({ trackId, packet }) => this.#input(trackId)?.receive(packet, this.#nowMs()));
  }

  get tally(): ProgramTally {
    const { user, system } = process.cpuUsage();
    return { ...this.#inputTally, picturesEncoded: this.#picturesEncoded, cpuSeconds: (user + system) / 1e6 };
  }

  /** Composes and encodes until it is closed; rejects when an encoder fails. */
  async run(): Promise<void> {
    this.#options.room.start();
    while (!this.#closed) {
      await this.#encodeDue();
      const waitMs = this.#pacer.deadlineMs - this.#nowMs();
      // Even when it is late, packets have to come in between.
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    }
    for (const trackId of [...this.#videos.keys(), ...this.#audios.keys()]) this.#drop(trackId);
    this.#videoEncoder.close();
    this.#audioEncoder.close();
  }

  setLayout(layout: EgressAssignment['layout']): void {
    this.#composer.setLayout(layout);
  }

  close(): void {
    this.#closed = true;
    this.#options.room.close();
  }

  async #encodeDue(): Promise<void> {
    const { output } = this.#options;
    for (const { time, keyframe } of this.#pacer.due(this.#nowMs())) {
      this.#composer.compose(this.#videos, this.#nowMs());
      deliver(await this.#videoEncoder.encode(this.#canvas.bytes, time, keyframe), (sample) => output.video(sample));
      this.#picturesEncoded += 1;
    }
    for (const input of this.#audios.values()) input.poll(this.#nowMs());
    for (const { sound, time } of this.#mixer.due(() => this.#audios.values(), this.#nowMs())) {
      deliver(await this.#audioEncoder.encode(sound, time), (sample) => output.audio(sample));
    }
  }

  #onChanged(participants: Participants): void {
    for (const identity of this.#lipSyncs.keys()) if (!participants.has(identity)) this.#lipSyncs.delete(identity);
    this.#composer.arrange(tileSources(participants.values()));
  }

  async #onSubscribed(track: { trackId: string; identity: string; codec: Codec }): Promise<void> {
    const { trackId, codec } = track;
    const { engine, log } = this.#options;
    this.#drop(trackId);
    this.#wanted.add(trackId);
    const video = codec.mimeType.startsWith('video/');
    const decoder = video
      ? await engine.openVideoDecoder(codec.mimeType)
      : await engine.openAudioDecoder(codec.mimeType);
    if (!decoder) {
      log.warn({ trackId, mimeType: codec.mimeType }, 'a track is left out, since its codec is not known');
    } else if (!this.#wanted.has(trackId) || this.#input(trackId)) {
      decoder.close();
    } else {
      this.#add(track, decoder);
    }
  }

  #add({ trackId, identity, codec }: { trackId: string; identity: string; codec: Codec }, decoder: Decoder): void {
    const lipSync = this.#lipSyncs.get(identity) ?? new LipSync();
    this.#lipSyncs.set(identity, lipSync);
    const clock = new PlayoutClock(codec.clockRate, lipSync);
    const tally = this.#inputTally;
    if ('size' in decoder) {
      const requestKeyframe = (): void => this.#options.room.requestKeyframe(trackId);
      this.#videos.set(trackId, new VideoInput({ decoder, clock, tally, requestKeyframe }));
    } else {
      this.#audios.set(trackId, new AudioInput({ decoder, clock, tally }));
    }
  }

  #drop(trackId: string): void {
    this.#wanted.delete(trackId);
    this.#input(trackId)?.close();
    this.#videos.delete(trackId);
    this.#audios.delete(trackId);
  }

  #input(trackId: string): TrackInput | undefined {
    return this.#videos.get(trackId) ?? this.#audios.get(trackId);
  }

  /** The time on the program's timeline. */
  #nowMs(): number {
    return performance.timeOrigin + performance.now() - this.#options.epochMs;
  }
}

type Decoder = NonNullable<
  Awaited<ReturnType<MediaEngine['openVideoDecoder']>> | Awaited<ReturnType<MediaEngine['openAudioDecoder']>>
>;

/** An encoder's first output may lie before the timeline: the priming of AAC, which no player needs. */
function deliver(encoded: readonly Encoded[], output: (sample: ProgramSample) => void): void {
  for (const sample of encoded) if (sample.decodeTime >= 0) output(sample);
}
