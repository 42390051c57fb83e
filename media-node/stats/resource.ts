import { readToken } from '../http/credentials.ts';
import type { Rooms } from '../rooms.ts';
import type { Resource } from '../server.ts';
import type { AccessTokens } from '../tokens.ts';
import { readParticipants } from './participant-stats.ts';

/** `/rooms/{room}/participants`: what the control plane is told of a room, with a token of its own. */
export function participantsResource(rooms: Rooms, tokens: AccessTokens): Resource {
  return {
    methods: {
      async GET(request, response, { room: id = '' }) {
        await tokens.verifyNodeToken(readToken(request), { room: id, scope: 'participants:read' });
        const room = rooms.get(id);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ data: room ? readParticipants(room) : [] }));
      },
    },
  };
}
