import type { Room } from '@muon/contract/room.ts';
import { copy } from '../view/copy.tsx';
import { Icon } from '../view/icons.tsx';
import { timeAgo } from '../view/time-ago.ts';

interface RoomRowProps {
  readonly room: Room;
  readonly onDelete: (room: Room) => void;
}

export function RoomRow({ room, onDelete }: RoomRowProps) {
  const { name, sipUri, createdAt } = room;
  return (
    <li class="room-row" data-testid="room-row">
      <div class="room-row-text">
        <a class="room-row-name" href={`#/rooms/${name}`}>
          {name}
        </a>
        <span class="room-row-facts">
          <time dateTime={createdAt}>Created {timeAgo(new Date(createdAt), new Date())}</time>
          {sipUri && (
            <button
              type="button"
              class="room-row-dial"
              title="Copy the address that phones dial"
              onClick={() => void copy(sipUri, 'Dial-in address')}
            >
              <Icon name="phone" size={14} />
              <span>{sipUri.replace(/^sips?:/, '')}</span>
            </button>
          )}
        </span>
      </div>
      <button
        type="button"
        class="icon-button danger"
        aria-label={`Delete ${name}`}
        title="Delete"
        data-testid="delete-room"
        onClick={() => onDelete(room)}
      >
        <Icon name="trash" size={18} />
      </button>
      <a class="button" href={`#/rooms/${name}`} data-testid="open-room">
        Join
      </a>
    </li>
  );
}
