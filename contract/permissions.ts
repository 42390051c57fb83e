import * as z from 'zod';
import { trackSource } from './participant.ts';

/** What a participant may do now: what its token says, until a moderator changes it. */
export const permissionsSchema = z.object({
  publish: z.boolean(),
  subscribe: z.boolean(),
  data: z.boolean(),
  /** Which kinds of track it may publish. */
  sources: z.array(trackSource).max(trackSource.options.length),
});

export type Permissions = z.infer<typeof permissionsSchema>;

/** What is left out stays as it is. */
export const permissionChanges = permissionsSchema.partial();

export type PermissionChanges = z.infer<typeof permissionChanges>;
