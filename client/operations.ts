import type { publicRoutes } from '@muon/contract/routes.ts';

type Routes = typeof publicRoutes;

/** Name of an operation of the REST API. */
export type Operation = keyof Routes;

/** Method and path of every operation. The compiler holds them against the contract, which stays out of bundles. */
export const operations = {
  createKey: 'POST /v1/keys',
  listKeys: 'GET /v1/keys',
  getKey: 'GET /v1/keys/{key}',
  updateKey: 'PATCH /v1/keys/{key}',
  rotateKey: 'POST /v1/keys/{key}/rotate',
  deleteKey: 'DELETE /v1/keys/{key}',
  createRoom: 'POST /v1/rooms',
  listRooms: 'GET /v1/rooms',
  getRoom: 'GET /v1/rooms/{room}',
  updateRoom: 'PATCH /v1/rooms/{room}',
  deleteRoom: 'DELETE /v1/rooms/{room}',
  listParticipants: 'GET /v1/rooms/{room}/participants',
  getParticipant: 'GET /v1/rooms/{room}/participants/{identity}',
  updateParticipant: 'PATCH /v1/rooms/{room}/participants/{identity}',
  muteTrack: 'POST /v1/rooms/{room}/participants/{identity}/mute',
  moveParticipant: 'POST /v1/rooms/{room}/participants/{identity}/move',
  removeParticipant: 'DELETE /v1/rooms/{room}/participants/{identity}',
  sendMessage: 'POST /v1/rooms/{room}/messages',
  createToken: 'POST /v1/rooms/{room}/tokens',
  join: 'POST /v1/join',
  createTurnCredentials: 'POST /v1/turn-credentials',
  whip: 'POST /v1/whip',
  whep: 'POST /v1/whep',
  createEgress: 'POST /v1/egresses',
  listEgresses: 'GET /v1/egresses',
  getEgress: 'GET /v1/egresses/{egress}',
  updateEgress: 'PATCH /v1/egresses/{egress}',
  stopEgress: 'DELETE /v1/egresses/{egress}',
  deleteRecording: 'DELETE /v1/egresses/{egress}/recordings/{recording}',
  createIngress: 'POST /v1/ingresses',
  listIngresses: 'GET /v1/ingresses',
  getIngress: 'GET /v1/ingresses/{ingress}',
  updateIngress: 'PATCH /v1/ingresses/{ingress}',
  rotateStreamKey: 'POST /v1/ingresses/{ingress}/rotate-key',
  deleteIngress: 'DELETE /v1/ingresses/{ingress}',
  createTrunk: 'POST /v1/sip/trunks',
  listTrunks: 'GET /v1/sip/trunks',
  getTrunk: 'GET /v1/sip/trunks/{trunk}',
  updateTrunk: 'PATCH /v1/sip/trunks/{trunk}',
  deleteTrunk: 'DELETE /v1/sip/trunks/{trunk}',
  createDispatchRule: 'POST /v1/sip/dispatch-rules',
  listDispatchRules: 'GET /v1/sip/dispatch-rules',
  getDispatchRule: 'GET /v1/sip/dispatch-rules/{rule}',
  updateDispatchRule: 'PATCH /v1/sip/dispatch-rules/{rule}',
  deleteDispatchRule: 'DELETE /v1/sip/dispatch-rules/{rule}',
  explainDispatch: 'POST /v1/sip/dispatch-rules/explain',
  createCall: 'POST /v1/sip/calls',
  listCalls: 'GET /v1/sip/calls',
  getCall: 'GET /v1/sip/calls/{call}',
  hangUpCall: 'DELETE /v1/sip/calls/{call}',
  listNodes: 'GET /v1/nodes',
  getNode: 'GET /v1/nodes/{node}',
  cordonNode: 'POST /v1/nodes/{node}/cordon',
  drainNode: 'POST /v1/nodes/{node}/drain',
  uncordonNode: 'POST /v1/nodes/{node}/uncordon',
  listUsage: 'GET /v1/usage',
  createWebhook: 'POST /v1/webhooks',
  listWebhooks: 'GET /v1/webhooks',
  getWebhook: 'GET /v1/webhooks/{webhook}',
  updateWebhook: 'PATCH /v1/webhooks/{webhook}',
  deleteWebhook: 'DELETE /v1/webhooks/{webhook}',
  rotateWebhookSecret: 'POST /v1/webhooks/{webhook}/rotate-secret',
  testWebhook: 'POST /v1/webhooks/{webhook}/test',
  listDeliveries: 'GET /v1/webhooks/{webhook}/deliveries',
  getDelivery: 'GET /v1/webhooks/{webhook}/deliveries/{delivery}',
  redeliver: 'POST /v1/webhooks/{webhook}/deliveries/{delivery}/redeliver',
} as const satisfies { [Name in Operation]: `${Routes[Name]['method']} ${Routes[Name]['path']}` };

type Taken<Schema> = Schema extends { _zod: { input: infer Input } } ? Input : never;
type Given<Schema> = Schema extends { _zod: { output: infer Output } } ? Output : never;
type Part<Name extends Operation, Key extends string> = Routes[Name] extends Record<Key, infer Schema> ? Schema : never;

/** What an operation takes: `params` of its path, `query`, `body`, as far as it has them. */
export type Request<Name extends Operation> = ([Part<Name, 'params'>] extends [never]
  ? object
  : { readonly params: Given<Part<Name, 'params'>> }) &
  ([Part<Name, 'query'>] extends [never] ? object : { readonly query?: Partial<Given<Part<Name, 'query'>>> }) &
  ([Part<Name, 'body'>] extends [never] ? object : { readonly body: Taken<Part<Name, 'body'>> });

/** What an operation answers with. */
export type Answer<Name extends Operation> = [Part<Name, 'response'>] extends [never]
  ? undefined
  : Given<Part<Name, 'response'>>;
