import { MAX_SIGNAL_BYTES } from '@muon/contract/signal.ts';
import { roomCommands, type RoomCommand } from '@muon/contract/room-command.ts';
import { readBody } from '../http/body.ts';
import { readToken } from '../http/credentials.ts';
import { Refusal } from '../refusal.ts';
import type { Room } from '../room.ts';
import type { Rooms } from '../rooms.ts';
import type { Resource } from '../server.ts';
import type { AccessTokens } from '../tokens.ts';
import { roomCommandHandlers } from './commands.ts';

/** `/rooms/{room}/commands/{command}`: what the control plane asks of a room, with a token of its own. */
export function commandsResource(rooms: Rooms, tokens: AccessTokens): Resource {
  return {
    methods: {
      async POST(request, response, { room: id = '', command = '' }) {
        await tokens.verifyNodeToken(readToken(request), { room: id, scope: 'room:command' });
        if (!Object.hasOwn(roomCommands, command)) throw new Refusal('not-found', `There is no command ${command}.`);
        const body = await readBody(request, 'application/json', MAX_SIGNAL_BYTES);
        const answer = carryOut(rooms.get(id), command as RoomCommand, body);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      },
    },
  };
}

function carryOut(room: Room | undefined, name: RoomCommand, body: string): unknown {
  const params = roomCommands[name].params.safeParse(parseJson(body));
  if (!params.success) throw new Refusal('invalid-request', `These are no params of ${name}.`, { cause: params.error });
  // Parsed by the very command's schema, which the compiler cannot know of a name that came over HTTP.
  return roomCommandHandlers[name](room, params.data as never);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Refusal('invalid-request', 'The body is not JSON.', { cause });
  }
}
