import * as z from 'zod';
import { trackSource } from './participant.ts';

/** What a participant may do now: what its token says, until a moderator changes it. */
export const permissionsSchema = z.object({
  publish: z.boolean().meta({ description: 'May send audio and video.' }),
  subscribe: z.boolean().meta({ description: 'May receive the others.' }),
  data: z.boolean().meta({ description: 'May send messages.' }),
  sources: z
    .array(trackSource)
    .max(trackSource.options.length)
    .meta({ description: 'Which kinds of track it may publish.', example: ['microphone'] }),
});

export type Permissions = z.infer<typeof permissionsSchema>;

/** What is left out stays as it is. */
export const permissionChanges = permissionsSchema.partial();

export type PermissionChanges = z.infer<typeof permissionChanges>;
