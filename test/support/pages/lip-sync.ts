/** Between one flash and the next: so long that none is taken for another's. */
const PERIOD_MS = 1000;
const FLASH_MS = 200;
const FRAME_MS = 1000 / 15;
const SAMPLE_RATE = 48_000;

/** Louder and brighter than this is a beep and a flash. */
const LOUD = 0.1;
const BRIGHT = 128;

/** A picture that flashes and a tone that sounds at the same time, once a second. */
export function makeFlashesAndBeeps(): MediaStream {
  // As large as it takes for browsers to send it in three sizes.
  const canvas = Object.assign(document.createElement('canvas'), { width: 960, height: 540 });
  const context = canvas.getContext('2d')!;
  const audio = new AudioContext({ sampleRate: SAMPLE_RATE });
  const gain = new GainNode(audio, { gain: 0 });
  const destination = new MediaStreamAudioDestinationNode(audio);
  const oscillator = new OscillatorNode(audio, { frequency: 1000 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  let frame = 0;
  setInterval(() => {
    const on = performance.now() % PERIOD_MS < FLASH_MS;
    gain.gain.value = on ? 0.5 : 0;
    context.fillStyle = on ? 'white' : 'black';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = 'grey';
    context.fillRect((frame++ * 8) % canvas.width, 0, 32, 32);
  }, FRAME_MS);
  const picture = canvas.captureStream(15);
  for (const track of picture.getVideoTracks()) track.contentHint = 'detail';
  return new MediaStream([...picture.getTracks(), ...destination.stream.getTracks()]);
}

/** Looks when flashes are seen and beeps are heard in two tracks. */
export class LipSyncMeter {
  readonly #flashesMs: number[] = [];
  readonly #beepsMs: number[] = [];

  constructor(audio: MediaStreamTrack, video: MediaStreamTrack) {
    void this.#watch(video);
    void this.#listen(audio);
  }

  /** How much later than each flash its beep was heard, the latest last. */
  get offsetsMs(): number[] {
    return this.#flashesMs.flatMap((flashMs) => {
      const offsets = this.#beepsMs.map((beepMs) => beepMs - flashMs);
      return offsets.find((offsetMs) => Math.abs(offsetMs) < PERIOD_MS / 2) ?? [];
    });
  }

  async #watch(track: MediaStreamTrack): Promise<void> {
    const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
    let wasBright = true;
    for await (const frame of framesOf<VideoFrame>(track)) {
      const nowMs = performance.now();
      // From below the mark that moves at the top.
      const { displayWidth: width, displayHeight: height } = frame;
      pixel.drawImage(frame, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
      frame.close();
      const bright = pixel.getImageData(0, 0, 1, 1).data[0]! > BRIGHT;
      if (bright && !wasBright) this.#flashesMs.push(nowMs);
      wasBright = bright;
    }
  }

  async #listen(track: MediaStreamTrack): Promise<void> {
    let loudMs = Infinity;
    for await (const data of framesOf<AudioData>(track)) {
      const nowMs = performance.now();
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      data.close();
      const first = samples.findIndex((sample) => Math.abs(sample) > LOUD);
      if (first === -1) continue;
      const beepMs = nowMs - ((samples.length - first) * 1000) / SAMPLE_RATE;
      // A tone is silent for moments, too.
      if (beepMs - loudMs > FLASH_MS) this.#beepsMs.push(beepMs);
      loudMs = nowMs;
    }
  }
}

/** Of mediacapture-transform, which Chromium has and no types. */
declare const MediaStreamTrackProcessor: new <Frame>(init: { readonly track: MediaStreamTrack }) => {
  readonly readable: ReadableStream<Frame>;
};

/** What a track brings, when it brings it. */
function framesOf<Frame>(track: MediaStreamTrack): ReadableStream<Frame> {
  return new MediaStreamTrackProcessor<Frame>({ track }).readable;
}
