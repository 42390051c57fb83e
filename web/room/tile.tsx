import { Icon } from '../view/icons.tsx';
import { Video } from '../view/video.tsx';
import { Avatar } from './avatar.tsx';
import type { Tile } from './tiles.ts';

interface TileViewProps {
  readonly tile: Tile;
  readonly style?: string;
}

/** Somebody in the room, or a screen. */
export function TileView({ tile, style = '' }: TileViewProps) {
  const { identity, own, screen, video, muted, speaking } = tile;
  return (
    <figure
      class={`tile ${speaking ? 'speaking' : ''} ${screen ? 'screen' : ''}`}
      style={style}
      data-testid="tile"
      data-identity={identity}
      data-muted={muted}
      data-screen={screen}
    >
      {video ? <Video media={video} mirrored={own && !screen} whole={screen} /> : <Stand tile={tile} />}
      <figcaption class="tile-caption">
        {muted && !screen && (
          <span class="tile-muted" data-testid="tile-muted">
            <Icon name="microphone-off" size={15} />
            <span class="visually-hidden">Muted:</span>
          </span>
        )}
        <span class="tile-name" data-testid="tile-name">
          {captionOf(tile)}
        </span>
      </figcaption>
    </figure>
  );
}

function Stand({ tile: { name, kind } }: { readonly tile: Tile }) {
  return <Avatar name={name}>{kind === 'sip' && <Icon name="phone" />}</Avatar>;
}

function captionOf({ name, own, screen }: Tile): string {
  if (screen) return own ? 'Your screen' : `${name}’s screen`;
  return own ? `${name} (you)` : name;
}
