import { useEffect, useRef } from 'preact/hooks';

interface VideoProps {
  readonly media: MediaStreamTrack;
  /** One's own picture, as in a mirror. */
  readonly mirrored?: boolean;
  /** Shows the whole picture, with margins, rather than filling its place. */
  readonly whole?: boolean;
}

/** A video track; its sound is played apart, by {@link Sound}. */
export function Video({ media, mirrored = false, whole = false }: VideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = new MediaStream([media]);
  }, [media]);
  const classes = ['video', mirrored ? 'mirrored' : '', whole ? 'whole' : ''].filter(Boolean).join(' ');
  return <video ref={video} class={classes} autoplay playsInline muted />;
}

/** An audio track. */
export function Sound({ media }: { readonly media: MediaStreamTrack }) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    if (audio.current) audio.current.srcObject = new MediaStream([media]);
  }, [media]);
  return <audio ref={audio} autoplay />;
}
