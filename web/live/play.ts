import type { ErrorData } from 'hls.js';

/** A playlist that is not there yet, or no longer, is asked for again. */
const RETRY_MS = 1500;

/** Plays a low-latency HLS playlist in a media element; the function returned ends it. */
export function play(video: HTMLVideoElement, url: string): () => void {
  let end: (() => void) | undefined;
  let ended = false;
  void load().then((start) => {
    if (!ended) end = start(video, url);
  });
  return () => {
    ended = true;
    end?.();
  };
}

type Start = (video: HTMLVideoElement, url: string) => () => void;

/** hls.js is large, and loaded only by those who watch. Safari plays HLS by itself. */
async function load(): Promise<Start> {
  const { default: Hls } = await import('hls.js');
  if (!Hls.isSupported()) return playNatively;
  return (video, url) => {
    const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.25, backBufferLength: 30 });
    let retry: ReturnType<typeof setTimeout> | undefined;
    hls.on(Hls.Events.ERROR, (_, { fatal, type }: ErrorData) => {
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError();
      clearTimeout(retry);
      retry = setTimeout(() => hls.loadSource(url), RETRY_MS);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => undefined));
    hls.loadSource(url);
    hls.attachMedia(video);
    return () => {
      clearTimeout(retry);
      hls.destroy();
    };
  };
}

function playNatively(video: HTMLVideoElement, url: string): () => void {
  video.src = url;
  return () => video.removeAttribute('src');
}
