import * as z from 'zod';
import { identity } from './identity.ts';
import { messageDelivery, ownerMessage } from './message.ts';
import { moveParticipantBody, muteTrackBody, removeParticipantQuery, updateParticipantBody } from './moderation.ts';
import { participantList, participantStats } from './participant-stats.ts';
import { roomReference } from './room.ts';
import type { Route } from './routes.ts';

const tag = 'Participants';
const room = z.object({ room: roomReference });
const participant = z.object({ room: roomReference, identity });

/** Who is in a room, and what its owner may do about that: all of it is asked of the room's node, now. */
export const participantRoutes = {
  listParticipants: {
    method: 'GET',
    path: '/v1/rooms/{room}/participants',
    operationId: 'listParticipants',
    tag,
    summary: 'See who is in a room, and how they fare',
    description:
      'As the node of the room tells it now: bitrates, loss and round trips over the last second. ' +
      'An empty list when nobody is there. Those who are hidden are left out.',
    auth: { kind: 'key', scope: 'rooms:read' },
    params: room,
    status: 200,
    response: participantList,
    problems: ['room-not-found', 'node-unreachable'],
  },
  getParticipant: {
    method: 'GET',
    path: '/v1/rooms/{room}/participants/{identity}',
    operationId: 'getParticipant',
    tag,
    summary: 'See how a participant fares',
    auth: { kind: 'key', scope: 'rooms:read' },
    params: participant,
    status: 200,
    response: participantStats,
    problems: ['room-not-found', 'participant-not-found', 'node-unreachable'],
  },
  updateParticipant: {
    method: 'PATCH',
    path: '/v1/rooms/{room}/participants/{identity}',
    operationId: 'updateParticipant',
    tag,
    summary: 'Rename a participant, or change its attributes or what it may do',
    description:
      'Everybody in the room sees it at once. Tracks that it may no longer publish vanish. Name and attributes are those ' +
      'of the token again when the participant joins anew.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: participant,
    body: updateParticipantBody,
    status: 200,
    response: participantStats,
    problems: ['room-not-found', 'participant-not-found', 'node-unreachable'],
  },
  muteTrack: {
    method: 'POST',
    path: '/v1/rooms/{room}/participants/{identity}/mute',
    operationId: 'muteTrack',
    tag,
    summary: 'Mute a track for everybody, or lift that',
    description:
      'The node forwards nothing of it any more, whatever the participant does: what it publishes anew from the same ' +
      'source is muted, too. The ids of its tracks are in `GET` of the participant.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: participant,
    body: muteTrackBody,
    status: 200,
    response: participantStats,
    problems: ['room-not-found', 'participant-not-found', 'track-not-found', 'node-unreachable'],
  },
  moveParticipant: {
    method: 'POST',
    path: '/v1/rooms/{room}/participants/{identity}/move',
    operationId: 'moveParticipant',
    tag,
    summary: 'Send a participant to another room',
    description:
      'With its name, attributes and grants as they are now, and into rooms that are locked or ask for a password, too. ' +
      'Its client joins there by itself. Telephones, WHIP and WHEP clients stay where they are, and so do those written ' +
      'for ion-sfu: they cannot be told.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: participant,
    body: moveParticipantBody,
    status: 204,
    problems: [
      'room-not-found',
      'participant-not-found',
      'participant-not-movable',
      'participant-banned',
      'room-full',
      'node-unreachable',
    ],
  },
  removeParticipant: {
    method: 'DELETE',
    path: '/v1/rooms/{room}/participants/{identity}',
    operationId: 'removeParticipant',
    tag,
    summary: 'Send a participant away',
    description:
      'Its token goes on to be good unless `banSeconds` says for how long its identity is refused. That also keeps out ' +
      'who is not there now: it is then answered in the same way. A later ban takes the place of an earlier one.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: participant,
    query: removeParticipantQuery,
    status: 204,
    problems: ['room-not-found', 'participant-not-found', 'node-unreachable'],
  },
  sendMessage: {
    method: 'POST',
    path: '/v1/rooms/{room}/messages',
    operationId: 'sendMessage',
    tag,
    summary: 'Send a message into a room',
    description:
      'To everybody who is there now and may subscribe, or to those that `to` names. It arrives as the messages of ' +
      'participants do, without a sender. What nobody is there for is not kept.',
    auth: { kind: 'key', scope: 'rooms:write' },
    params: room,
    body: ownerMessage,
    status: 200,
    response: messageDelivery,
    problems: ['room-not-found', 'message-too-large', 'node-unreachable'],
  },
} as const satisfies Record<string, Route>;
