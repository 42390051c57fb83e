/** Stands in for `@smithy/core/event-streams`, which is loaded when an operation streams events: none of DynamoDB's does. */
export function EventStreamSerde(): never {
  throw new TypeError('Event streams are left out of the functions');
}

export const eventStreamSerdeProvider = undefined;
