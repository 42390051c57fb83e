import type { Room } from '@muon/contract/room.ts';
import { useSignal } from '@preact/signals';
import { Dialog } from '../view/dialog.tsx';
import { tell, tellError } from '../view/toasts.tsx';
import type { RoomList } from './room-list.ts';

interface DeleteRoomProps {
  readonly list: RoomList;
  readonly room: Room;
  readonly onClose: () => void;
}

/** Asks before a room is gone for everybody in it. */
export function DeleteRoom({ list, room, onClose }: DeleteRoomProps) {
  const busy = useSignal(false);
  const onDelete = async (): Promise<void> => {
    busy.value = true;
    try {
      await list.delete(room);
      tell(`${room.name} is deleted`);
    } catch (error) {
      tellError(error);
    }
    onClose();
  };
  return (
    <Dialog title={`Delete ${room.name}?`} onClose={onClose}>
      <p>Everybody in it is disconnected, its broadcasts stop, and its name is free again.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          class="button danger"
          disabled={busy.value}
          data-testid="confirm-delete"
          onClick={() => void onDelete()}
        >
          Delete room
        </button>
      </div>
    </Dialog>
  );
}
