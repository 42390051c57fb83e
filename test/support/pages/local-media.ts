export interface LocalMediaOptions {
  /** CSS colour of the whole picture. */
  readonly colour: string;
  readonly frequencyHz: number;
  readonly width?: number;
  readonly height?: number;
}

const FRAME_MS = 1000 / 15;

/** A picture of one colour with something that moves in its corner, and a tone. */
export function makeLocalMedia({ colour, frequencyHz, width = 320, height = 240 }: LocalMediaOptions): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  let frame = 0;
  setInterval(() => {
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'white';
    context.fillRect((frame++ * 4) % width, height - 8, 8, 8);
  }, FRAME_MS);
  const audio = new AudioContext({ sampleRate: 48_000 });
  const oscillator = new OscillatorNode(audio, { frequency: frequencyHz });
  const destination = new MediaStreamAudioDestinationNode(audio);
  oscillator.connect(new GainNode(audio, { gain: 0.3 })).connect(destination);
  oscillator.start();
  const picture = canvas.captureStream(15);
  // Keeps its size however slow the machine is that encodes it.
  for (const track of picture.getVideoTracks()) track.contentHint = 'detail';
  return new MediaStream([...picture.getTracks(), ...destination.stream.getTracks()]);
}
