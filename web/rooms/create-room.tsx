import type { Room } from '@muon/contract/room.ts';
import { useSignal } from '@preact/signals';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';
import type { RoomList } from './room-list.ts';
import { MAX_ROOM_NAME, toRoomName } from './room-name.ts';

interface CreateRoomProps {
  readonly list: RoomList;
  readonly onCreated: (room: Room) => void;
}

export function CreateRoom({ list, onCreated }: CreateRoomProps) {
  const name = useSignal('');
  const busy = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      onCreated(await list.create(name.value.replace(/-$/, '')));
    } catch (error) {
      tellError(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="create-room" onSubmit={(event) => void onSubmit(event)}>
      <label class="visually-hidden" for="room-name">
        Name of the new room
      </label>
      <input
        id="room-name"
        placeholder="Name (optional)"
        autocomplete="off"
        spellcheck={false}
        maxLength={MAX_ROOM_NAME}
        data-testid="room-name"
        value={name.value}
        onInput={({ currentTarget }) => {
          name.value = toRoomName(currentTarget.value);
          // What cannot be in a name vanishes as it is typed, even where the name stays the same.
          currentTarget.value = name.value;
        }}
      />
      <button type="submit" class="button primary" disabled={busy.value} data-testid="create-room">
        <Icon name="plus" size={18} />
        <span>{busy.value ? 'Creating…' : 'Create room'}</span>
      </button>
    </form>
  );
}
