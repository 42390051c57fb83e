import type { Seat } from '../rooms.ts';
import type { Track } from '../track.ts';
import type { Methods } from './methods.ts';
import { RpcError } from './rpc.ts';
import type { Subscriber } from './subscriber.ts';

/** How many tracks one client is sent; the answer to an offer of more would not fit into a message. */
export const MAX_SUBSCRIPTIONS = 256;

/** What a client gets, and how. `seat` gives its place in the room. */
export function subscribingMethods(
  seat: () => Seat,
  subscriber: () => Subscriber,
): Methods<'subscribe' | 'unsubscribe' | 'setSubscription' | 'restartIce'> {
  const find = (trackId: string): Track => {
    const { room, participant } = seat();
    const track = room.track(trackId);
    if (!track || participant.tracks.has(trackId)) throw noSuchTrack;
    return track;
  };
  return {
    subscribe({ trackIds }) {
      const { permissions } = seat().participant;
      if (!permissions.subscribe) throw new RpcError('forbidden', 'You may not subscribe.', 'forbidden');
      // All or none.
      const added = trackIds.map(find).filter(({ id }) => !subscriber().has(id));
      if (subscriber().size + added.length > MAX_SUBSCRIPTIONS) {
        throw new RpcError('conflict', `More than ${MAX_SUBSCRIPTIONS} tracks.`, 'too-many-tracks');
      }
      for (const track of new Set(added)) subscriber().add(track);
      return { result: null };
    },
    // One that is not subscribed, or has gone meanwhile, is as the client wants it.
    unsubscribe({ trackIds }) {
      for (const trackId of trackIds) subscriber().remove(trackId);
      return { result: null };
    },
    setSubscription({ trackId, ...wish }) {
      if (!subscriber().has(trackId)) throw noSuchTrack;
      subscriber().wish(trackId, wish);
      return { result: null };
    },
    restartIce() {
      return { result: null, afterwards: () => subscriber().restartIce() };
    },
  };
}

const noSuchTrack = new RpcError('notFound', 'There is no such track.', 'track-not-found');
