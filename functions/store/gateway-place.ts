import { keys } from './keys.ts';
import { type Guard, present, type Write } from './table.ts';

/** One place on a gateway that lives, has one and is not cordoned; it is to run something else from now on. */
export function taken(gatewayId: string, aliveSinceMs: number): Write {
  return {
    kind: 'Update',
    key: keys.gateway(gatewayId),
    update: 'ADD #reserved :one, #assignmentVersion :one',
    values: { one: 1 },
    guard: {
      condition: '#reserved < #capacity AND #heartbeatAtMs > :aliveSince AND attribute_not_exists(#cordonedAtMs)',
      values: { aliveSince: aliveSinceMs },
    },
  };
}

export function givenBack(gatewayId: string, guard: Guard = present): Write {
  return {
    kind: 'Update',
    key: keys.gateway(gatewayId),
    update: 'ADD #reserved :back, #assignmentVersion :one',
    values: { back: -1, one: 1 },
    guard,
  };
}
