// A player as a broadcaster's viewers have it.
import { default as Hls, Events } from 'hls.js';
import { coloursAt, type Colour } from './remote-media.ts';

/** What the test reads of the player. */
export interface TestPlayer {
  play(playlistUrl: string): void;
  state(): {
    readonly currentTime: number;
    readonly width: number;
    readonly height: number;
    readonly errors: readonly string[];
  };
  /** By shares of the picture's width and height. */
  coloursAt(places: readonly (readonly [x: number, y: number])[]): Colour[];
  /** The loudest frequency that is heard, in Hz; 0 for silence. */
  frequency(): Promise<number>;
}

declare global {
  interface Window {
    player: TestPlayer;
  }
}

const FFT_SIZE = 8192;
const video = document.createElement('video');
document.body.append(video);
const errors: string[] = [];
const audio = new AudioContext({ sampleRate: 48_000 });
const analyser = new AnalyserNode(audio, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });

window.player = {
  play(playlistUrl) {
    const hls = new Hls({ lowLatencyMode: true });
    hls.on(Events.ERROR, (_, { details, fatal }) => errors.push(fatal ? `fatal: ${details}` : details));
    hls.loadSource(playlistUrl);
    hls.attachMedia(video);
    video.volume = 1;
    audio.createMediaElementSource(video).connect(analyser);
    void video.play();
  },
  state: () => ({ currentTime: video.currentTime, width: video.videoWidth, height: video.videoHeight, errors }),
  coloursAt: (places) => coloursAt(video, places),
  async frequency() {
    await audio.resume();
    const spectrum = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(spectrum);
    const loudest = Math.max(...spectrum);
    return loudest < -70 ? 0 : (spectrum.indexOf(loudest) * audio.sampleRate) / FFT_SIZE;
  },
};
