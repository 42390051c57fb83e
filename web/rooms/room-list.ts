import type { Api } from '@muon/client/api.ts';
import type { Room } from '@muon/contract/room.ts';
import { computed, signal } from '@preact/signals';

const PAGE = 50;

/** The rooms as the console shows them, newest first. */
export class RoomList {
  readonly #api: Api;
  readonly #cursor = signal<string | undefined>(undefined);
  /** Undefined until they are known. */
  readonly rooms = signal<readonly Room[] | undefined>(undefined);
  readonly more = computed(() => this.#cursor.value !== undefined);

  constructor(api: Api) {
    this.#api = api;
  }

  async refresh(): Promise<void> {
    const { data, nextCursor } = await this.#api.call('listRooms', { query: { limit: PAGE } });
    this.rooms.value = data;
    this.#cursor.value = nextCursor;
  }

  async loadMore(): Promise<void> {
    const cursor = this.#cursor.value;
    if (cursor === undefined) return;
    const { data, nextCursor } = await this.#api.call('listRooms', { query: { limit: PAGE, cursor } });
    this.rooms.value = [...(this.rooms.value ?? []), ...data];
    this.#cursor.value = nextCursor;
  }

  /** Creates a room; without a name, one is chosen. */
  async create(name: string): Promise<Room> {
    const room = await this.#api.call('createRoom', { body: name ? { name } : {} });
    this.rooms.value = [room, ...(this.rooms.value ?? [])];
    return room;
  }

  async delete({ id }: Room): Promise<void> {
    await this.#api.call('deleteRoom', { params: { room: id } });
    this.rooms.value = this.rooms.value?.filter((room) => room.id !== id);
  }
}
