import type { publicRoutes } from '@muon/contract/routes.ts';

interface OperationExample {
  readonly request?: unknown;
  readonly response?: unknown;
}

const encoding = { width: 1280, height: 720, frameRate: 30, videoBitrateBps: 2_500_000, audioBitrateBps: 128_000 };

const autoEgress = { layout: 'grid', encoding, outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }] };

const room = {
  id: 'rm_0sa71ej5m9tb2zfwk8q4hcyg6v',
  name: 'algebra-101',
  maxParticipants: 50,
  metadata: { course: 'algebra' },
  locked: false,
  passwordProtected: false,
  emptyDurationSeconds: 600,
  autoEgress: { ...autoEgress, egressId: 'eg_e01kj187ppheett256pjw3m96m' },
  autoRecord: true,
  sipUri: 'sip:algebra-101@127.0.0.1:5060',
  createdAt: '2026-01-31T09:30:00.000Z',
  revision: 1,
};

const egress = {
  id: 'eg_e01kj187ppheett256pjw3m96m',
  room: { id: room.id, name: room.name },
  status: 'active',
  layout: 'grid',
  encoding,
  outputs: [
    {
      id: 'ou_26gm1hd6xrcnm33tmp5p0zygaw',
      type: 'hls',
      playlistUrl: 'http://localhost:8088/hls/eg_e01kj187ppheett256pjw3m96m/master.m3u8',
    },
    {
      id: 'ou_pjpgcg8perm8p25dr1xb4b6rgg',
      type: 'rtmp-pull',
      pullUrl: 'rtmp://localhost:1935/live/eg_e01kj187ppheett256pjw3m96m?token=J3V61XNdRuIob0tiDTg43vu86nLnwWOF',
    },
  ],
  recordings: [{ id: 'rc_9vqb3n0d5wk2m8xr7c1ga6yj4e', status: 'recording', startedAt: '2026-01-31T09:45:01.200Z' }],
  createdAt: '2026-01-31T09:45:00.000Z',
  revision: 3,
};

/** As it is a moment after the broadcast has ended. */
const recording = {
  ...egress.recordings[0]!,
  status: 'ready',
  durationSeconds: 2698.733,
  sizeBytes: 886_549_120,
  location: 'file:///var/lib/muon/recordings/eg_e01kj187ppheett256pjw3m96m/rc_9vqb3n0d5wk2m8xr7c1ga6yj4e.mp4',
  url: 'http://localhost:8088/hls/eg_e01kj187ppheett256pjw3m96m/rc_9vqb3n0d5wk2m8xr7c1ga6yj4e.mp4?token=Vb0yZ1n4Qm7s2c9LkXw3Tq8RfJd6Hg5PaUeYiNoBvCx',
};

const deletedRecording = {
  ...egress.recordings[0]!,
  status: 'ready',
  durationSeconds: recording.durationSeconds,
  sizeBytes: recording.sizeBytes,
  deletedAt: '2026-02-28T00:00:00.000Z',
};

const participant = {
  identity: 'user-42',
  name: 'Ada Lovelace',
  kind: 'standard',
  attributes: { role: 'teacher' },
  connection: 'webrtc',
  joinedAt: '2026-01-31T09:31:00.000Z',
  permissions: { publish: true, subscribe: true, data: true, sources: ['microphone', 'camera'] },
  quality: 'excellent',
  tracks: [
    {
      id: 'tk_0sa71ej5m9tb2zfwk8q4hcyg6v',
      kind: 'video',
      source: 'camera',
      muted: false,
      mimeType: 'video/VP8',
      bitrateBps: 1_850_000,
      lossFraction: 0.002,
      rttMs: 24,
      jitterMs: 3,
      layers: [
        { spatial: 1, temporal: 0, bitrateBps: 350_000, width: 640, height: 360 },
        { spatial: 2, temporal: 0, bitrateBps: 1_500_000, width: 1280, height: 720 },
      ],
    },
  ],
  subscriptions: [{ trackId: 'tk_e01kj187ppheett256pjw3m96m', state: 'active', layer: { spatial: 2, temporal: 0 } }],
  receiving: { estimateBps: 4_200_000, sendBps: 1_620_000, rttMs: 31, lossFraction: 0 },
};

const key = {
  id: 'ak_0sa71ej5m9tb2zfwk8q4hcyg6v',
  name: 'school back end',
  scopes: ['rooms:read', 'rooms:write', 'tokens:write'],
  createdAt: '2026-01-31T09:00:00.000Z',
  revision: 1,
};

const secret = 'mk_0sa71ej5m9tb2zfwk8q4hcyg6v_J3V61NXdRuIob0tiDTg43vu86nLnwWOF';

const node = {
  id: 'nd_local',
  region: 'local',
  status: 'ready',
  url: 'ws://localhost:7000/ws',
  capacity: 500,
  reserved: 40,
  participants: 31,
  heartbeatAt: '2026-01-31T09:45:00.000Z',
};

const turnServer = {
  urls: ['turn:turn.example.com:3478?transport=udp', 'turns:turn.example.com:5349?transport=tcp'],
  username: '1769851800:fC3sbq0JWzQx',
  credential: '1m2kJ3oXq8wUe0m3a1q7z5Hn2dE=',
};

/** One lesson, from the room to the end of its broadcast; a test holds each against its schema. */
const webhook = {
  id: 'wh_7m2q9xk4t1v8r5n3c6p0zb2hdw',
  url: 'https://school.example.com/muon-events',
  events: ['room.*', 'egress.failed'],
  enabled: true,
  createdAt: '2026-01-31T09:00:00.000Z',
  revision: 1,
};

const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwOaXN5cHvJ1s=';

const delivery = {
  id: 'dl_0sa71ej5m9tb2zfwk8q4hcyg6v-0mkz3k9x1',
  event: {
    id: 'ev_0sa71ej5m9tb2zfwk8q4hcyg6v-0mkz3k9x1',
    type: 'room.created',
    createdAt: '2026-01-31T09:30:00.000Z',
    room: { id: room.id, name: room.name },
  },
  status: 'succeeded',
  attempts: [
    { at: '2026-01-31T09:30:00.120Z', durationMs: 84, statusCode: 503, error: 'answered 503' },
    { at: '2026-01-31T09:30:05.310Z', durationMs: 61, statusCode: 204 },
  ],
  createdAt: '2026-01-31T09:30:00.040Z',
  endedAt: '2026-01-31T09:30:05.371Z',
};

const pendingDelivery = {
  id: 'dl_k3v8w1c5y9m2q7t4x6n0bzhj5r-0mkz3kq4d',
  event: {
    id: 'ev_k3v8w1c5y9m2q7t4x6n0bzhj5r-0mkz3kq4d',
    type: 'webhook.test',
    createdAt: '2026-01-31T10:00:00.000Z',
  },
  status: 'pending',
  attempts: [],
  createdAt: '2026-01-31T10:00:00.000Z',
};

const ingress = {
  id: 'in_e01kj187ppheett256pjw3m96m',
  type: 'whip',
  room: { id: room.id, name: room.name },
  identity: 'lecture-hall',
  name: 'Lecture hall',
  enabled: true,
  url: '/v1/whip',
  createdAt: '2026-01-31T09:10:00.000Z',
  revision: 1,
};

const streamKey = 'sk_e01kj187ppheett256pjw3m96m_J3V61XNdRuIob0tiDTg43vu86nLnwWOF';

const trunk = {
  id: 'tr_3w8c1v5y9m2q7t4x6n0bzhj5rk',
  name: 'Carrier, Berlin',
  address: 'sip.carrier.example',
  transport: 'tls',
  username: 'school',
  hasPassword: true,
  numbers: ['+493012345678'],
  createdAt: '2026-01-31T09:00:00.000Z',
  revision: 1,
};

const rule = {
  id: 'dr_5y9m2q7t4x6n0bzhj5rk3w8c1v',
  room: { id: room.id, name: room.name },
  priority: 100,
  trunk: trunk.id,
  dialled: trunk.numbers,
  pin: '271828',
  createdAt: '2026-01-31T09:05:00.000Z',
  revision: 1,
};

const call = {
  id: 'ca_7t4x6n0bzhj5rk3w8c1v5y9m2q',
  status: 'active',
  room: { id: room.id, name: room.name },
  trunk: trunk.id,
  to: '+491701234567',
  from: '+493012345678',
  identity: 'sip:ca_7t4x6n0bzhj5rk3w8c1v5y9m2q',
  name: 'Guest lecturer',
  createdAt: '2026-01-31T09:40:00.000Z',
  answeredAt: '2026-01-31T09:40:11.000Z',
  revision: 3,
};

export const examples: Readonly<Record<keyof typeof publicRoutes, OperationExample>> = {
  createKey: { request: { name: key.name, scopes: key.scopes }, response: { ...key, secret } },
  listKeys: { response: { data: [{ ...key, lastUsedAt: '2026-01-31T09:45:00.000Z' }] } },
  getKey: { response: { ...key, lastUsedAt: '2026-01-31T09:45:00.000Z' } },
  updateKey: {
    request: { name: 'school back end, east' },
    response: { ...key, name: 'school back end, east', revision: 2 },
  },
  rotateKey: { request: { graceSeconds: 3600 }, response: { ...key, secret, revision: 2 } },
  deleteKey: {},
  createRoom: {
    request: {
      name: 'algebra-101',
      maxParticipants: 50,
      metadata: { course: 'algebra' },
      emptyDurationSeconds: 600,
      autoEgress: { outputs: autoEgress.outputs },
      autoRecord: true,
    },
    response: { ...room, autoEgress },
  },
  listRooms: { response: { data: [room] } },
  getRoom: { response: room },
  updateRoom: { request: { locked: true }, response: { ...room, locked: true, revision: 2 } },
  deleteRoom: {},
  listParticipants: { response: { data: [participant] } },
  getParticipant: { response: participant },
  updateParticipant: {
    request: { attributes: { role: 'listener' }, permissions: { publish: false } },
    response: {
      ...participant,
      attributes: { role: 'listener' },
      permissions: { ...participant.permissions, publish: false },
      tracks: [],
    },
  },
  muteTrack: {
    request: { trackId: participant.tracks[0]!.id, muted: true },
    response: {
      ...participant,
      tracks: participant.tracks.map((track) => ({ ...track, muted: true, mutedByModerator: true })),
    },
  },
  moveParticipant: { request: { room: 'algebra-101-breakout' } },
  removeParticipant: {},
  sendMessage: {
    request: { topic: 'chat', data: 'The lesson ends in five minutes.', to: ['user-42', 'user-7'] },
    response: { recipients: 1, missing: ['user-7'] },
  },
  createToken: {
    request: { identity: 'user-42', name: 'Ada Lovelace', attributes: { role: 'teacher' }, ttlSeconds: 3600 },
    response: { token: 'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJ….Sig…', expiresAt: '2026-01-31T10:30:00.000Z' },
  },
  whep: {
    request: undefined,
    response: { location: 'http://localhost:7000/whep?access_token=eyJhbGciOiJFZERTQSJ9.e30.c2ln' },
  },
  whip: {
    request: undefined,
    response: { location: 'http://localhost:7000/whip?access_token=eyJhbGciOiJFZERTQSJ9.e30.c2ln' },
  },
  join: {
    request: { password: 'pythagoras', failedNode: 'nd_earlier' },
    response: {
      url: 'ws://localhost:7000/ws',
      accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJ….Sig…',
      iceServers: [turnServer],
      room: { id: room.id, name: room.name, sipUri: room.sipUri },
      node: { id: 'nd_local', region: 'local' },
      participant: { identity: 'user-42', name: 'Ada Lovelace' },
    },
  },
  createTurnCredentials: {
    request: { ttlSeconds: 3600 },
    response: { iceServers: [turnServer], expiresAt: '2026-01-31T10:30:00.000Z' },
  },
  createEgress: {
    request: { room: 'algebra-101', outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }], record: true },
    response: { ...egress, status: 'starting', recordings: [], revision: 1 },
  },
  listEgresses: { response: { data: [egress] } },
  getEgress: {
    response: {
      ...egress,
      status: 'stopped',
      reason: 'stopped on request',
      recordings: [recording],
      endedAt: '2026-01-31T10:30:00.000Z',
      revision: 5,
    },
  },
  updateEgress: { request: { layout: 'focus' }, response: { ...egress, layout: 'focus', revision: 4 } },
  stopEgress: {
    response: {
      ...egress,
      status: 'stopped',
      reason: 'stopped on request',
      endedAt: '2026-01-31T10:30:00.000Z',
      revision: 4,
    },
  },
  deleteRecording: {
    response: {
      ...egress,
      status: 'stopped',
      reason: 'stopped on request',
      recordings: [deletedRecording],
      endedAt: '2026-01-31T10:30:00.000Z',
      revision: 6,
    },
  },
  createIngress: {
    request: { room: room.name, identity: ingress.identity, name: ingress.name },
    response: { ...ingress, streamKey },
  },
  listIngresses: { response: { data: [ingress] } },
  getIngress: { response: { ...ingress, status: 'publishing' } },
  updateIngress: { request: { enabled: false }, response: { ...ingress, enabled: false, revision: 2 } },
  rotateStreamKey: { response: { ...ingress, streamKey, revision: 2 } },
  deleteIngress: {},
  createTrunk: {
    request: {
      name: trunk.name,
      address: trunk.address,
      transport: 'tls',
      username: 'school',
      password: 's3cret-of-the-carrier',
      numbers: trunk.numbers,
    },
    response: trunk,
  },
  listTrunks: { response: { data: [trunk] } },
  getTrunk: { response: trunk },
  updateTrunk: {
    request: { address: 'sip2.carrier.example', password: 's3cret-of-the-carrier' },
    response: { ...trunk, address: 'sip2.carrier.example', revision: 2 },
  },
  deleteTrunk: {},
  createDispatchRule: {
    request: { room: room.name, trunk: trunk.id, dialled: trunk.numbers, pin: rule.pin },
    response: rule,
  },
  listDispatchRules: { response: { data: [rule] } },
  getDispatchRule: { response: rule },
  updateDispatchRule: { request: { priority: 10 }, response: { ...rule, priority: 10, revision: 2 } },
  deleteDispatchRule: {},
  explainDispatch: {
    request: { dialled: '+493012345678', caller: '+491701234567' },
    response: {
      outcome: 'pin-required',
      rule: rule.id,
      trunk: trunk.id,
      considered: [{ rule: rule.id, matched: true }],
    },
  },
  createCall: {
    request: { room: room.name, trunk: trunk.id, to: call.to, name: call.name },
    response: { ...call, status: 'starting', answeredAt: undefined, revision: 1 },
  },
  listCalls: { response: { data: [call] } },
  getCall: { response: call },
  hangUpCall: {
    response: {
      ...call,
      status: 'ended',
      reason: 'hung up on request',
      endedAt: '2026-01-31T10:02:40.000Z',
      revision: 4,
    },
  },
  listNodes: { response: { data: [node] } },
  getNode: { response: node },
  cordonNode: { response: { ...node, status: 'cordoned' } },
  drainNode: {
    request: { timeoutSeconds: 1800 },
    response: { ...node, status: 'draining', drainUntil: '2026-01-31T10:15:00.000Z' },
  },
  uncordonNode: { response: node },
  listUsage: {
    response: {
      data: [
        {
          day: '2026-01-31',
          room: { id: room.id, name: room.name },
          participantMinutes: 1234.567,
          egressMinutes: 60,
          callMinutes: 12.5,
        },
      ],
    },
  },
  createWebhook: {
    request: { url: webhook.url, events: webhook.events },
    response: { ...webhook, secret: webhookSecret },
  },
  listWebhooks: { response: { data: [webhook] } },
  getWebhook: { response: webhook },
  updateWebhook: { request: { enabled: false }, response: { ...webhook, enabled: false, revision: 2 } },
  deleteWebhook: {},
  rotateWebhookSecret: {
    request: { graceSeconds: 3600 },
    response: { ...webhook, revision: 2, secret: webhookSecret },
  },
  testWebhook: { response: pendingDelivery },
  listDeliveries: { response: { data: [delivery] } },
  getDelivery: { response: delivery },
  redeliver: { response: { ...pendingDelivery, event: delivery.event, redeliveryOf: delivery.id } },
};
