import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { play } from './play.ts';

/** Plays the broadcast as a viewer sees it; silent at first, since the room is heard already. */
export function Player({ url }: { readonly url: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const playing = useSignal(false);
  useEffect(() => (video.current ? play(video.current, url) : undefined), [url]);
  return (
    <div class="player">
      <video
        ref={video}
        controls
        muted
        autoplay
        playsInline
        aria-label="The broadcast"
        data-testid="live-player"
        onPlaying={() => (playing.value = true)}
      />
      {!playing.value && (
        <p class="player-state">
          <span class="spinner" aria-hidden="true" />
          Waiting for the first pictures…
        </p>
      )}
    </div>
  );
}
