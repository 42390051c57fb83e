import { avcDecoderConfiguration } from '@muon/wire/avc/config.ts';
import { nalType, nalTypes, splitAnnexB, toAvcc } from '@muon/wire/avc/nal.ts';
import * as av from 'node-av';
import * as constants from 'node-av/constants';
import { SAMPLE_RATE, type Sound } from '../receive/audio-timeline.ts';
import type { Picture, Plane } from './canvas.ts';
import type {
  AudioDecoder,
  AudioEncoder,
  Encoded,
  MediaEngine,
  VideoDecoder,
  VideoEncoder,
  VideoEncoderOptions,
} from './engine.ts';
import { AAC_FRAME_SAMPLES } from './engine.ts';

/** A larger picture (4K) is not decoded. */
const MAX_PIXELS = 4096 * 2304;

/** What swscale may write past the end of a row, and where it likes rows to begin. */
const ROW_ALIGNMENT = 64;

const videoDecoders: Readonly<Record<string, constants.AVCodecID>> = {
  'video/vp8': constants.AV_CODEC_ID_VP8,
};

const audioDecoders: Readonly<Record<string, constants.AVCodecID>> = {
  'audio/opus': constants.AV_CODEC_ID_OPUS,
};

/** FFmpeg in this process, by node-av. */
export const nodeAvEngine: MediaEngine = {
  async openVideoDecoder(mimeType) {
    const id = videoDecoders[mimeType.toLowerCase()];
    return id === undefined ? undefined : new NodeAvVideoDecoder(await openDecoder(id));
  },
  async openAudioDecoder(mimeType) {
    const id = audioDecoders[mimeType.toLowerCase()];
    return id === undefined ? undefined : new NodeAvAudioDecoder(await openDecoder(id));
  },
  openVideoEncoder: (options) => NodeAvVideoEncoder.open(options),
  openAudioEncoder: (options) => NodeAvAudioEncoder.open(options),
};

// Garbage from a participant is counted by the caller and need not fill the log.
av.Log.setLevel(constants.AV_LOG_FATAL);

/** Options go through `open2` alone: with them, `open2Sync` corrupts the heap. */
async function openDecoder(id: constants.AVCodecID): Promise<av.CodecContext> {
  const codec = av.Codec.findDecoder(id);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  if (context.codecType === constants.AVMEDIA_TYPE_AUDIO) {
    context.sampleRate = SAMPLE_RATE;
    context.channelLayout = constants.AV_CHANNEL_LAYOUT_STEREO;
  }
  const options = av.Dictionary.fromObject({ max_pixels: String(MAX_PIXELS) });
  check(await context.open2(codec, options), 'open the decoder');
  return context;
}

class NodeAvVideoDecoder implements VideoDecoder {
  readonly #context: av.CodecContext;
  readonly #packet = allocated(new av.Packet());
  #frame = allocated(new av.Frame());
  #next = allocated(new av.Frame());
  #scaler: Scaler | undefined;
  #hasPicture = false;

  constructor(context: av.CodecContext) {
    this.#context = context;
  }

  get size(): { width: number; height: number } | undefined {
    return this.#hasPicture ? { width: this.#frame.width, height: this.#frame.height } : undefined;
  }

  decode(frame: Uint8Array): boolean {
    this.#packet.data = Buffer.from(frame);
    if (this.#context.sendPacketSync(this.#packet) < 0) return false;
    let decoded = false;
    while (this.#context.receiveFrameSync(this.#next) >= 0) {
      [this.#frame, this.#next] = [this.#next, this.#frame];
      this.#hasPicture = true;
      decoded = true;
    }
    return decoded;
  }

  draw(width: number, height: number): Picture | undefined {
    if (!this.#hasPicture || this.#frame.format !== constants.AV_PIX_FMT_YUV420P) return undefined;
    if (!this.#scaler?.fits(this.#frame, width, height)) {
      this.#scaler?.close();
      this.#scaler = new Scaler(this.#frame, width, height);
    }
    return this.#scaler.draw(this.#frame);
  }

  close(): void {
    this.#scaler?.close();
    this.#context.freeContext();
    this.#packet.free();
    this.#frame.free();
    this.#next.free();
  }
}

/** From one size to another, into a picture of its own. */
class Scaler {
  readonly #context = new av.SoftwareScaleContext();
  readonly #sourceWidth: number;
  readonly #sourceHeight: number;
  readonly #picture: Picture;

  constructor(source: av.Frame, width: number, height: number) {
    this.#sourceWidth = source.width;
    this.#sourceHeight = source.height;
    this.#picture = {
      width,
      height,
      planes: [plane(width, height), plane(width / 2, height / 2), plane(width / 2, height / 2)],
    };
    this.#context.getContext(
      source.width,
      source.height,
      constants.AV_PIX_FMT_YUV420P,
      width,
      height,
      constants.AV_PIX_FMT_YUV420P,
      constants.SWS_FAST_BILINEAR,
    );
  }

  fits(source: av.Frame, width: number, height: number): boolean {
    return (
      source.width === this.#sourceWidth &&
      source.height === this.#sourceHeight &&
      width === this.#picture.width &&
      height === this.#picture.height
    );
  }

  draw(source: av.Frame): Picture | undefined {
    const { data } = source;
    if (!data || data.length < 3) return undefined;
    const { planes } = this.#picture;
    const rows = this.#context.scaleSync(
      data.slice(0, 3),
      source.linesize.slice(0, 3),
      0,
      source.height,
      planes.map(({ bytes }) => bytes as Buffer),
      planes.map(({ stride }) => stride),
    );
    return rows < 0 ? undefined : this.#picture;
  }

  close(): void {
    this.#context.freeContext();
  }
}

/** A plane with room for what swscale writes past its edges. */
function plane(width: number, height: number): Plane {
  const stride = Math.ceil(width / ROW_ALIGNMENT) * ROW_ALIGNMENT;
  return { bytes: Buffer.alloc(stride * (height + 2) + ROW_ALIGNMENT), stride };
}

class NodeAvAudioDecoder implements AudioDecoder {
  readonly #context: av.CodecContext;
  readonly #packet = allocated(new av.Packet());
  readonly #frame = allocated(new av.Frame());

  constructor(context: av.CodecContext) {
    this.#context = context;
  }

  decode(packet: Uint8Array): Sound | undefined {
    this.#packet.data = Buffer.from(packet);
    if (this.#context.sendPacketSync(this.#packet) < 0) return undefined;
    if (this.#context.receiveFrameSync(this.#frame) < 0) return undefined;
    const { extendedData, nbSamples, channels, format, sampleRate } = this.#frame;
    if (!extendedData?.[0] || format !== constants.AV_SAMPLE_FMT_FLTP || sampleRate !== SAMPLE_RATE) return undefined;
    const left = floats(extendedData[0], nbSamples);
    return { left, right: channels > 1 && extendedData[1] ? floats(extendedData[1], nbSamples) : left };
  }

  close(): void {
    this.#context.freeContext();
    this.#packet.free();
    this.#frame.free();
  }
}

function floats(bytes: Buffer, count: number): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

class NodeAvVideoEncoder implements VideoEncoder {
  readonly #context: av.CodecContext;
  readonly #options: VideoEncoderOptions;
  readonly #packet = allocated(new av.Packet());
  readonly avcConfig: Uint8Array;

  static async open(options: VideoEncoderOptions): Promise<VideoEncoder> {
    const { width, height, frameRate, bitrateBps } = options;
    const codec = av.Codec.findEncoderByName(constants.FF_ENCODER_LIBX264);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.width = width;
    context.height = height;
    context.pixelFormat = constants.AV_PIX_FMT_YUV420P;
    context.timeBase = new av.Rational(1, 90_000);
    context.framerate = new av.Rational(frameRate, 1);
    context.bitRate = BigInt(bitrateBps);
    context.rcMaxRate = BigInt(bitrateBps);
    context.rcBufferSize = bitrateBps;
    // Keyframes are asked for by time; this is the longest that the encoder may go without.
    context.gopSize = frameRate * 4;
    context.maxBFrames = 0;
    context.threadCount = 1;
    context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    const settings = av.Dictionary.fromObject({
      preset: 'veryfast',
      tune: 'zerolatency',
      'forced-idr': '1',
      'x264-params': 'scenecut=0:sliced-threads=0',
    });
    check(await context.open2(codec, settings), 'open the H.264 encoder');
    return new NodeAvVideoEncoder(context, options);
  }

  private constructor(context: av.CodecContext, options: VideoEncoderOptions) {
    this.#context = context;
    this.#options = options;
    const nals = splitAnnexB(context.extraData ?? new Uint8Array());
    const sps = nals.find((nal) => nalType(nal) === nalTypes.sps);
    const pps = nals.find((nal) => nalType(nal) === nalTypes.pps);
    if (!sps || !pps) throw new Error('the H.264 encoder gave no parameter sets');
    this.avcConfig = avcDecoderConfiguration(sps, pps);
  }

  async encode(picture: Uint8Array, time: number, keyframe: boolean): Promise<Encoded[]> {
    const { width, height } = this.#options;
    const frame = av.Frame.fromVideoBuffer(Buffer.from(picture.buffer, picture.byteOffset, picture.length), {
      width,
      height,
      format: constants.AV_PIX_FMT_YUV420P,
      timeBase: { num: 1, den: 90_000 },
      pts: BigInt(time),
    });
    if (keyframe) frame.pictType = constants.AV_PICTURE_TYPE_I;
    check(await this.#context.sendFrame(frame), 'encode a picture');
    frame.free();
    return received(this.#context, this.#packet, (data) => toAvcc(splitAnnexB(data).filter(isSlice)));
  }

  close(): void {
    this.#context.freeContext();
    this.#packet.free();
  }
}

/** Parameter sets and delimiters are told apart from the samples, in the configuration. */
function isSlice(nal: Uint8Array): boolean {
  const type = nalType(nal);
  return type !== nalTypes.sps && type !== nalTypes.pps && type !== nalTypes.accessUnitDelimiter;
}

class NodeAvAudioEncoder implements AudioEncoder {
  readonly #context: av.CodecContext;
  readonly #packet = allocated(new av.Packet());
  readonly #planes = new Float32Array(2 * AAC_FRAME_SAMPLES);
  readonly audioSpecificConfig: Uint8Array;

  static async open({ bitrateBps }: { readonly bitrateBps: number }): Promise<AudioEncoder> {
    const codec = av.Codec.findEncoder(constants.AV_CODEC_ID_AAC);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.sampleRate = SAMPLE_RATE;
    context.channelLayout = constants.AV_CHANNEL_LAYOUT_STEREO;
    context.sampleFormat = constants.AV_SAMPLE_FMT_FLTP;
    context.timeBase = new av.Rational(1, SAMPLE_RATE);
    context.bitRate = BigInt(bitrateBps);
    context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
    check(await context.open2(codec), 'open the AAC encoder');
    return new NodeAvAudioEncoder(context);
  }

  private constructor(context: av.CodecContext) {
    this.#context = context;
    if (!context.extraData) throw new Error('the AAC encoder gave no configuration');
    this.audioSpecificConfig = Uint8Array.from(context.extraData);
  }

  async encode({ left, right }: Sound, time: number): Promise<Encoded[]> {
    this.#planes.set(left);
    this.#planes.set(right, AAC_FRAME_SAMPLES);
    const frame = av.Frame.fromAudioBuffer(Buffer.from(this.#planes.buffer), {
      nbSamples: AAC_FRAME_SAMPLES,
      format: constants.AV_SAMPLE_FMT_FLTP,
      sampleRate: SAMPLE_RATE,
      channelLayout: constants.AV_CHANNEL_LAYOUT_STEREO,
      timeBase: { num: 1, den: SAMPLE_RATE },
      pts: BigInt(time),
    });
    check(await this.#context.sendFrame(frame), 'encode sound');
    frame.free();
    return received(this.#context, this.#packet, (data) => Uint8Array.from(data));
  }

  close(): void {
    this.#context.freeContext();
    this.#packet.free();
  }
}

/** All packets that an encoder has ready; `toSample` copies, since the packet's memory is used again. */
function received(context: av.CodecContext, packet: av.Packet, toSample: (data: Uint8Array) => Uint8Array): Encoded[] {
  const encoded: Encoded[] = [];
  while (context.receivePacketSync(packet) >= 0) {
    if (packet.data) {
      encoded.push({ decodeTime: Number(packet.dts), keyframe: packet.isKeyframe, data: toSample(packet.data) });
    }
    packet.unref();
  }
  return encoded;
}

function allocated<Memory extends { alloc(): void }>(memory: Memory): Memory {
  memory.alloc();
  return memory;
}

function check(result: number, what: string): void {
  if (result < 0) throw new Error(`Cannot ${what}: FFmpeg error ${result}`);
}
