import type { Room } from '@muon/contract/room.ts';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, forgetKey, goTo } from '../location.ts';
import { Header } from '../view/header.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';
import { CreateRoom } from './create-room.tsx';
import { DeleteRoom } from './delete-room.tsx';
import { RoomList } from './room-list.ts';
import { RoomRow } from './room-row.tsx';

/** All rooms: create, open, delete. */
export function RoomsPage() {
  const list = useComputed(() => (api.value ? new RoomList(api.value) : undefined)).value;
  const doomed = useSignal<Room | undefined>(undefined);
  useEffect(() => {
    const refresh = (): void => {
      if (document.visibilityState === 'visible') list?.refresh().catch(tellError);
    };
    refresh();
    document.addEventListener('visibilitychange', refresh);
    return () => document.removeEventListener('visibilitychange', refresh);
  }, [list]);
  if (!list) return <></>;
  return (
    <div class="page">
      <Header>
        <button type="button" class="button quiet" onClick={forgetKey}>
          <Icon name="sign-out" size={18} />
          <span>Forget key</span>
        </button>
      </Header>
      <main class="rooms">
        <div class="rooms-head">
          <div>
            <h1>Rooms</h1>
            <p class="lead">Open one in several browsers, dial in from a phone, or put it on air.</p>
          </div>
          <CreateRoom list={list} onCreated={({ name }) => goTo({ page: 'room', room: name })} />
        </div>
        <Rooms list={list} onDelete={(room) => (doomed.value = room)} />
      </main>
      {doomed.value && <DeleteRoom list={list} room={doomed.value} onClose={() => (doomed.value = undefined)} />}
    </div>
  );
}

function Rooms({ list, onDelete }: { readonly list: RoomList; readonly onDelete: (room: Room) => void }) {
  const rooms = list.rooms.value;
  if (!rooms) return <Skeleton />;
  if (rooms.length === 0) return <EmptyList />;
  return (
    <>
      <ul class="room-list">
        {rooms.map((room) => (
          <RoomRow key={room.id} room={room} onDelete={onDelete} />
        ))}
      </ul>
      {list.more.value && (
        <button type="button" class="button" onClick={() => void list.loadMore().catch(tellError)}>
          Show more
        </button>
      )}
    </>
  );
}

function EmptyList() {
  return (
    <section class="empty" data-testid="no-rooms">
      <svg class="empty-art" viewBox="0 0 240 120" aria-hidden="true">
        <rect x="8" y="14" width="104" height="44" rx="10" />
        <rect x="128" y="14" width="104" height="44" rx="10" />
        <rect x="8" y="70" width="104" height="44" rx="10" />
        <path d="M128 104C142 60 196 52 206 78c7 20-30 30-32 12-1-14 20-14 20-4" />
        <circle cx="129" cy="103" r="5" />
      </svg>
      <h2>No rooms yet</h2>
      <p>
        Create the first one above. It costs nothing until somebody joins, and gets an address that phones can dial.
      </p>
    </section>
  );
}

function Skeleton() {
  return (
    <div class="room-list" aria-busy="true" aria-label="Loading rooms">
      {[0, 1, 2].map((row) => (
        <div key={row} class="room-row skeleton" />
      ))}
    </div>
  );
}
