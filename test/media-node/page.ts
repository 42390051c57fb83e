import type { Frame, Page } from 'playwright-core';

/** Functions that run inside a page; `peer` is its one RTCPeerConnection. */
declare global {
  interface Window {
    peer: RTCPeerConnection;
    streams: MediaStream[];
    channels: RTCDataChannel[];
    messages: string[];
  }
}

/** One entry of getStats, as far as tests read it. */
export interface Stats {
  readonly type: string;
  readonly kind?: string;
  readonly [name: string]: unknown;
}

/** Opens a camera and a microphone and offers to publish them. */
export function publishOffer(page: Page, options: { readonly simulcast?: boolean } = {}): Promise<string> {
  return page.evaluate(async ({ simulcast = false }) => {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: true,
      // Browsers leave layers out of smaller pictures.
      video: simulcast ? { width: 960, height: 540, frameRate: 20 } : { width: 640, height: 360, frameRate: 30 },
    });
    window.peer = new RTCPeerConnection();
    window.peer.createDataChannel('first');
    const encodings = [
      { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { rid: 'f', maxBitrate: 2_500_000 },
    ];
    window.peer.addTransceiver(stream.getAudioTracks()[0]!, { direction: 'sendonly', streams: [stream] });
    window.peer.addTransceiver(stream.getVideoTracks()[0]!, {
      direction: 'sendonly',
      streams: [stream],
      ...(simulcast ? { sendEncodings: encodings } : {}),
    });
    await window.peer.setLocalDescription();
    return window.peer.localDescription!.sdp;
  }, options);
}

export interface PictureOptions {
  /** As `video/VP9`; the first profile that the browser has, or the one with these parameters. */
  readonly mimeType: string;
  readonly parameters?: string;
  readonly width: number;
  readonly height: number;
  /** Of each encoding; one without a `rid` is no simulcast. */
  readonly encodings: readonly (RTCRtpEncodingParameters & { readonly scalabilityMode?: string })[];
}

/** Offers to publish a moving picture, coded as told. */
export function offerPicture(page: Page, options: PictureOptions): Promise<string> {
  return page.evaluate(async ({ mimeType, parameters, width, height, encodings }) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d')!;
    let frame = 0;
    setInterval(() => {
      context.fillStyle = `hsl(${frame % 360} 60% 50%)`;
      context.fillRect(0, 0, width, height);
      context.fillStyle = 'white';
      context.fillRect((frame++ * 8) % width, height / 3, width / 8, height / 3);
    }, 1000 / 15);
    const [track] = canvas.captureStream(15).getVideoTracks();
    window.peer = new RTCPeerConnection();
    const transceiver = window.peer.addTransceiver(track!, {
      direction: 'sendonly',
      streams: [new MediaStream([track!])],
      sendEncodings: [...encodings],
    });
    const all = RTCRtpSender.getCapabilities('video')!.codecs;
    const codec = all.find(
      (one) => one.mimeType === mimeType && (parameters === undefined || one.sdpFmtpLine?.includes(parameters)),
    );
    if (!codec) throw new Error(`this browser does not encode ${mimeType}`);
    transceiver.setCodecPreferences([codec, ...all.filter((one) => one.mimeType === 'video/rtx')]);
    // Keeps its size however slow the machine is that encodes it.
    const sending = { ...transceiver.sender.getParameters(), degradationPreference: 'maintain-resolution' } as const;
    await transceiver.sender.setParameters(sending);
    await window.peer.setLocalDescription();
    return window.peer.localDescription!.sdp;
  }, options);
}

/** Offers to publish the microphone, coded as told where the other side knows it. */
export function offerSound(page: Page, mimeType: string): Promise<string> {
  return page.evaluate(async (preferred) => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    window.peer = new RTCPeerConnection();
    const transceiver = window.peer.addTransceiver(stream.getAudioTracks()[0]!, {
      direction: 'sendonly',
      streams: [stream],
    });
    const all = RTCRtpSender.getCapabilities('audio')!.codecs;
    const first = all.filter((codec) => codec.mimeType === preferred);
    transceiver.setCodecPreferences([...first, ...all.filter((codec) => !first.includes(codec))]);
    await window.peer.setLocalDescription();
    return window.peer.localDescription!.sdp;
  }, mimeType);
}

export function acceptAnswer(page: Page, sdp: string): Promise<void> {
  return page.evaluate((answer) => window.peer.setRemoteDescription({ type: 'answer', sdp: answer }), sdp);
}

/** Takes an offer, the first or a further one, and plays what comes. */
export function subscribeAnswer(page: Page | Frame, sdp: string): Promise<string> {
  return page.evaluate(async (offer) => {
    if (!window.peer) {
      window.peer = new RTCPeerConnection();
      window.streams = [];
      window.channels = [];
      window.messages = [];
      window.peer.addEventListener('datachannel', ({ channel }) => {
        window.channels.push(channel);
        channel.addEventListener('message', ({ data }) => window.messages.push(String(data)));
      });
      window.peer.addEventListener('track', ({ streams: [stream] }) => {
        if (!stream || window.streams.includes(stream)) return;
        window.streams.push(stream);
        const video = document.createElement('video');
        video.autoplay = true;
        video.srcObject = stream;
        document.body.append(video);
      });
    }
    await window.peer.setRemoteDescription({ type: 'offer', sdp: offer });
    await window.peer.setLocalDescription();
    return window.peer.localDescription!.sdp;
  }, sdp);
}

export function stats(page: Page | Frame): Promise<Stats[]> {
  return page.evaluate(async () => [...(await window.peer.getStats()).values()] as Stats[]);
}

/** The entry of this type and kind; an empty one while there is none. */
export async function statsOf(page: Page | Frame, type: string, kind?: string): Promise<Record<string, number>> {
  const entries = await stats(page);
  return (entries.find((entry) => entry.type === type && entry.kind === kind) ?? {}) as Record<string, number>;
}
