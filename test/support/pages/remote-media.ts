import { Recorder } from './recorder.ts';

/** What a page receives, as its own decoder tells (webrtc-stats `RTCInboundRtpStreamStats`). */
export interface Inbound {
  readonly kind: string;
  readonly trackId: string;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly freezeCount: number;
  readonly totalAudioEnergy: number;
}

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [number, number, number];

/** How many bins the spectrum has: 48 kHz in steps of 5.9 Hz. */
const FFT_SIZE = 8192;

/** Plays whatever tracks arrive, and tells what is seen and heard in them. */
export class RemoteMedia {
  /** All that this page has made. */
  readonly connections: RTCPeerConnection[] = [];
  readonly recorder = new Recorder(this.connections);
  readonly #videos = new Map<string, HTMLVideoElement>();
  readonly #analysers = new Map<string, AnalyserNode>();
  readonly #audio = new AudioContext({ sampleRate: 48_000 });

  constructor() {
    const { connections } = this;
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    };
  }

  /** Plays a track until it ends. */
  add(track: MediaStreamTrack): void {
    const stream = new MediaStream([track]);
    const element = document.createElement('video');
    element.autoplay = true;
    // The energy that stats tell is what is played.
    element.muted = track.kind === 'video';
    element.srcObject = stream;
    document.body.append(element);
    track.addEventListener('ended', () => element.remove());
    if (track.kind === 'video') this.#videos.set(track.id, element);
    else this.#analysers.set(track.id, this.#analyse(stream));
  }

  /** Resolves at the first decoded frame of any video that was added or will be. */
  async firstFrame(): Promise<void> {
    for (;;) {
      for (const video of this.#videos.values()) if (video.getVideoPlaybackQuality().totalVideoFrames > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  remove(trackId: string): void {
    this.#videos.get(trackId)?.remove();
    this.#videos.delete(trackId);
    this.#analysers.delete(trackId);
  }

  async inbound(): Promise<Inbound[]> {
    const open = this.connections.filter((connection) => connection.connectionState === 'connected');
    const reports = await Promise.all(open.map((connection) => connection.getStats()));
    return reports
      .flatMap((report) => [...report.values()])
      .filter(({ type }) => type === 'inbound-rtp')
      .map((stats) => ({
        kind: stats.kind,
        trackId: stats.trackIdentifier,
        packetsReceived: stats.packetsReceived ?? 0,
        packetsLost: stats.packetsLost ?? 0,
        framesDecoded: stats.framesDecoded ?? 0,
        frameWidth: stats.frameWidth ?? 0,
        frameHeight: stats.frameHeight ?? 0,
        freezeCount: stats.freezeCount ?? 0,
        totalAudioEnergy: stats.totalAudioEnergy ?? 0,
      }));
  }

  /** The loudest frequency in each audio track that is not silent now, in Hz. */
  async frequencies(): Promise<number[]> {
    await this.#audio.resume();
    return [...this.#analysers.values()].flatMap((analyser) => {
      const spectrum = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(spectrum);
      const loudest = Math.max(...spectrum);
      return loudest < -70 ? [] : [(spectrum.indexOf(loudest) * this.#audio.sampleRate) / FFT_SIZE];
    });
  }

  /** The colour in the middle of each video track. */
  colours(): Colour[] {
    const playing = [...this.#videos.values()].filter(({ videoWidth }) => videoWidth > 0);
    return playing.flatMap((video) => coloursAt(video, [[0.5, 0.5]]));
  }

  #analyse(stream: MediaStream): AnalyserNode {
    const analyser = new AnalyserNode(this.#audio, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
    this.#audio.createMediaStreamSource(stream).connect(analyser);
    return analyser;
  }
}

/** Colours of a playing video at places that are given by shares of its width and height. */
export function coloursAt(video: HTMLVideoElement, places: readonly (readonly [x: number, y: number])[]): Colour[] {
  const width = 160;
  const height = 90;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(video, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  return places.map(([x, y]) => {
    const at = 4 * (Math.floor(y * height) * width + Math.floor(x * width));
    return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
  });
}
