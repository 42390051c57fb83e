export interface LocalMediaOptions {
  /** CSS colour of the whole picture. */
  readonly colour: string;
  readonly frequencyHz: number;
  readonly width?: number;
  readonly height?: number;
  /** A picture that takes as much as an encoder may spend on it, like a tree in the wind. */
  readonly detailed?: boolean;
  /** Where there is too little bandwidth the picture gets smaller, as of a camera, and not slower, as of a screen. */
  readonly camera?: boolean;
}

const FRAME_MS = 1000 / 15;

/** A picture of one colour with something that moves in its corner, and a tone. */
export function makeLocalMedia(options: LocalMediaOptions): MediaStream {
  const { colour, frequencyHz, width = 320, height = 240, detailed = false, camera = false } = options;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const texture = detailed ? makeNoise(width, height) : undefined;
  let frame = 0;
  setInterval(() => {
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
    if (texture) drawMoving(context, texture, frame);
    context.fillStyle = 'white';
    context.fillRect((frame++ * 4) % width, height - 8, 8, 8);
  }, FRAME_MS);
  const audio = new AudioContext({ sampleRate: 48_000 });
  const oscillator = new OscillatorNode(audio, { frequency: frequencyHz });
  const destination = new MediaStreamAudioDestinationNode(audio);
  oscillator.connect(new GainNode(audio, { gain: 0.3 })).connect(destination);
  oscillator.start();
  const picture = canvas.captureStream(15);
  // A picture of a screen keeps its size however slow the machine is that encodes it.
  for (const track of picture.getVideoTracks()) track.contentHint = camera ? 'motion' : 'detail';
  return new MediaStream([...picture.getTracks(), ...destination.stream.getTracks()]);
}

/** Twice as wide and high as the picture, so that any part of it can be shown. */
function makeNoise(width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(2 * width, 2 * height);
  const context = canvas.getContext('2d')!;
  for (let i = 0; i < 4000; i++) {
    context.fillStyle = `hsl(${(i * 47) % 360} 70% ${30 + ((i * 13) % 50)}%)`;
    context.fillRect((i * 7919) % canvas.width, (i * 104_729) % canvas.height, 24 + (i % 72), 24 + (i % 51));
  }
  return canvas;
}

/** Four quarters that go different ways: no motion vector fits all. */
function drawMoving(context: CanvasRenderingContext2D, texture: OffscreenCanvas, frame: number): void {
  const { width, height } = context.canvas;
  for (let quarter = 0; quarter < 4; quarter++) {
    const x = (quarter % 2) * (width / 2);
    const y = Math.floor(quarter / 2) * (height / 2);
    const [fromX, fromY] = [(frame * (5 + 2 * quarter)) % width, (frame * (3 + quarter)) % height];
    context.drawImage(texture, fromX, fromY, width / 2, height / 2, x, y, width / 2, height / 2);
  }
}
