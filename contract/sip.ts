import * as z from 'zod';
import { idSchema } from './id.ts';
import { pageOf } from './page.ts';
import { revision } from './revision.ts';
import { roomName, roomReference } from './room.ts';
import { timestamp } from './time.ts';

/** A telephone number or the user part of a SIP address, as it is dialled. */
export const sipUser = z
  .string()
  .regex(/^\+?[A-Za-z0-9*#][A-Za-z0-9*#._-]{0,63}$/)
  .meta({ description: 'A telephone number, best as E.164, or another user part of a SIP address.' });

/** E.164; two trunks never have the same one. */
const number = z
  .string()
  .regex(/^\+[1-9]\d{3,14}$/)
  .meta({ description: 'As E.164.', example: '+493012345678' });

/** Each number is a write of one transaction. */
const MAX_NUMBERS = 40;

const numbers = z
  .array(number)
  .max(MAX_NUMBERS)
  .refine((all) => new Set(all).size === all.length, { error: 'Names a number twice' })
  .meta({
    description: 'Numbers that are yours at this trunk; no two trunks have the same.',
    example: ['+493012345678'],
  });

const trunkAddress = z
  .string()
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(?::\d{1,5})?$/)
  .meta({
    description: 'Host, and port when it is another than 5060 or, with TLS, 5061.',
    example: 'sip.carrier.example',
  });

const trunkTransport = z.enum(['udp', 'tcp', 'tls']);
const trunkName = z.string().min(1).max(128).meta({ description: 'For people.', example: 'Carrier, Berlin' });
const username = z.string().min(1).max(128).meta({ description: 'With which calls out are authenticated.' });
const password = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'Kept sealed and never shown.', example: 's3cret-of-the-carrier' });

/** A SIP peer: a carrier or a telephone system. */
export const trunkSchema = z
  .object({
    id: idSchema('trunk'),
    name: trunkName,
    address: trunkAddress,
    transport: trunkTransport,
    username: username.optional(),
    hasPassword: z.boolean(),
    numbers,
    createdAt: timestamp,
    revision,
  })
  .meta({ id: 'SipTrunk' });

export type Trunk = z.infer<typeof trunkSchema>;

export const createTrunkBody = z
  .strictObject({
    name: trunkName,
    address: trunkAddress,
    transport: trunkTransport.default('udp'),
    username: username.optional(),
    password: password.optional(),
    numbers: numbers.default([]),
  })
  .meta({ id: 'CreateSipTrunk' });

export const updateTrunkBody = z
  .strictObject({
    name: trunkName.optional(),
    address: trunkAddress.optional(),
    transport: trunkTransport.optional(),
    username: username.nullable().optional().meta({ description: 'null takes it away.' }),
    password: password.nullable().optional().meta({ description: 'null takes it away.' }),
    numbers: numbers.optional().meta({ description: 'In place of all until now.' }),
  })
  .meta({ id: 'UpdateSipTrunk' });

export const trunkPage = pageOf('SipTrunkPage', trunkSchema);

const priority = z
  .int()
  .min(0)
  .max(1000)
  .meta({ description: 'Rules are tried from the lowest; of equals, the older first.' });

const pin = z
  .string()
  .regex(/^\d{4,12}$/)
  .meta({
    description:
      'What a caller enters to get in; no two rules have the same. Kept as it is, and shown to whoever has `sip:read`.',
    example: '271828',
  });

const callers = z
  .array(z.string().regex(/^\+?[A-Za-z0-9*#._-]{1,64}$/))
  .max(50)
  .meta({ description: 'How the number of the caller begins; anybody when absent.', example: ['+49'] });

const dialled = z
  .array(sipUser)
  .max(50)
  .meta({ description: 'What was dialled; anything when absent.', example: ['+493012345678'] });

/** Which calls go to which room. */
export const dispatchRuleSchema = z
  .object({
    id: idSchema('dispatch-rule'),
    room: z.object({ id: idSchema('room'), name: roomName }),
    priority,
    trunk: idSchema('trunk').optional().meta({ description: 'Only calls to the numbers of this trunk.' }),
    dialled: dialled.optional(),
    callers: callers.optional(),
    pin: pin.optional(),
    createdAt: timestamp,
    revision,
  })
  .meta({ id: 'DispatchRule' });

export type DispatchRule = z.infer<typeof dispatchRuleSchema>;

export const createDispatchRuleBody = z
  .strictObject({
    room: roomReference,
    priority: priority.default(100),
    trunk: idSchema('trunk').optional(),
    dialled: dialled.optional(),
    callers: callers.optional(),
    pin: pin.optional(),
  })
  .meta({ id: 'CreateDispatchRule' });

export const updateDispatchRuleBody = z
  .strictObject({
    room: roomReference.optional(),
    priority: priority.optional(),
    trunk: idSchema('trunk')
      .nullable()
      .optional()
      .meta({ description: 'null: calls to numbers of any trunk, or of none.' }),
    dialled: dialled.nullable().optional().meta({ description: 'null: anything that is dialled.' }),
    callers: callers.nullable().optional().meta({ description: 'null: anybody.' }),
    pin: pin.nullable().optional().meta({ description: 'null: without.' }),
  })
  .meta({ id: 'UpdateDispatchRule' });

export const dispatchRulePage = pageOf('DispatchRulePage', dispatchRuleSchema);

export const explainDispatchBody = z
  .strictObject({
    dialled: sipUser.meta({ description: 'What the caller dials.', example: '+493012345678' }),
    caller: sipUser
      .optional()
      .meta({ description: 'The number of the caller, if it is told.', example: '+491701234567' }),
    pin: pin.optional(),
  })
  .meta({ id: 'ExplainDispatch' });

/** Where a call would go, and why. */
export const dispatchExplained = z
  .object({
    outcome: z.enum(['room', 'pin-required', 'wrong-pin', 'no-rule']),
    room: z.object({ id: idSchema('room'), name: roomName }).optional(),
    rule: idSchema('dispatch-rule')
      .optional()
      .meta({ description: 'That decided it; absent: a room has the name that was dialled, or nothing was found.' }),
    trunk: idSchema('trunk').optional().meta({ description: 'Whose number was dialled.' }),
    considered: z.array(
      z.object({
        rule: idSchema('dispatch-rule'),
        matched: z.boolean(),
        reason: z.enum(['trunk', 'dialled', 'caller', 'pin']).optional().meta({ description: 'What did not match.' }),
      }),
    ),
  })
  .meta({ id: 'DispatchExplained' });
