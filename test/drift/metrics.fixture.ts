/** When an operator should worry about a metric. */
export const concerns: Readonly<Record<string, string>> = {
  muon_joins_total: 'It falls to nothing while people should be joining.',
  muon_failed_joins_total:
    '`room-full` is as it should be; others grow: the line `join failed` of the log says who, and why.',
  muon_leaves_total:
    '`handshake-timeout` or `consent-expired` grow: media does not get through (firewall, `MUON_PUBLIC_IP`). `dtls-failed`: clients are being impersonated, or broken.',
  muon_resumes_total:
    'Many at once: the network or a proxy breaks WebSockets. `not-found`: clients come back too late, or to another node.',
  muon_messages_dropped_total: 'It grows: clients send more messages than others can read.',
  muon_refused_tokens_total:
    '`token-expired` grows: a clock is wrong, or clients keep old tokens. Others: somebody is trying.',
  muon_refused_requests_total:
    '`no-node-available`: the node is full. `rate-limited`, `too-many-…`: a client misbehaves.',
  muon_bad_requests_total: 'It grows fast: a broken client, or an attack; the label says where.',
  muon_rooms: 'It is 0 while there should be rooms.',
  muon_participants: 'It nears `MUON_NODE_CAPACITY`: add a node.',
  muon_tracks: 'It does not fall when people leave.',
  muon_connections: 'Far more than two for each participant: handshakes do not complete.',
  muon_handshakes: 'It nears 500, or stays high: media does not get through, or somebody begins handshakes in vain.',
  muon_websockets_unjoined: 'It nears 2000, or stays high: somebody opens WebSockets and does not join.',
  muon_media_tcp_connections: 'Many stay open: UDP is blocked on the way, and pictures suffer for it.',
  muon_videos_paused: 'Many of all videos: subscribers lack bandwidth, or the node itself does.',
  muon_whip_sessions: 'It is 0 while an encoder should be on.',
  muon_whep_sessions: 'It nears 2000, the most that a node takes.',
  muon_subscriber_estimate_bps: 'Most fall into lower buckets than usual at once: the network of the node is full.',
  muon_media_packets_received_total: 'It stands still while there are tracks.',
  muon_media_bytes_received_total: 'It nears what the network interface takes.',
  muon_media_packets_sent_total: 'It nears what a core of this machine sends: add a node.',
  muon_media_bytes_sent_total: 'It nears what the network interface takes.',
  muon_media_send_errors_total: 'It grows steadily: the send buffer of the system is full, or a route is missing.',
  muon_media_unknown_source_total: 'It grows fast: stray packets after a restart for a moment; for longer, an attack.',
  muon_media_malformed_total: 'It grows: an attack, or a broken client.',
  muon_media_unauthentic_total: 'It grows: somebody forges packets, or a client has wrong keys.',
  muon_media_replayed_total: 'A few are duplicates of the network; many are an attack.',
  muon_stun_checks_total: 'It stands still while there are participants: nothing gets through.',
  muon_stun_checks_refused_total:
    'It grows fast: somebody guesses credentials, or clients check after their connection ended.',
  muon_stun_checks_deferred_total:
    'It grows: somebody begins handshakes and does not end them, or very many share one address.',
  muon_dtls_unknown_source_total: 'It grows: handshakes of strangers; an attack.',
  muon_packets_asked_for_total: 'More than a tenth of what is sent: the way to subscribers loses much.',
  muon_packets_repeated_total: 'Far less than what was asked for: requests come too late (long round trips).',
  muon_keyframes_asked_for_total: 'Several a second for each subscriber: they lose what cannot be repaired.',
  muon_transport_feedback_total: 'It stands still while there are subscribers: bandwidth is not measured.',
  muon_packets_requested_total: 'More than a tenth of what is received: the way from publishers loses much.',
  muon_keyframes_requested_total: 'Several a second for each video: publishers spend their bitrate on keyframes.',
  muon_layer_switches_total: 'Several a minute for each video: networks at the edge of a layer.',
  muon_media_tcp_accepted_total: 'It grows faster than joins: clients cannot hold their connections.',
  muon_media_tcp_refused_total: 'It grows: more connections than the limits allow, from one address or in all.',
  muon_media_tcp_ended_total: 'It grows fast: port scanners, or an attack.',
  muon_media_tcp_dropped_total: 'It grows: clients on TCP cannot take what they are sent.',
  muon_data_overflows_total: 'It grows: somebody attacks, or a client does not keep to the window that it is told.',
  muon_media_garbage_total: 'It grows fast: an attack, or a neighbour on the port.',
  muon_link_packets_received_total: 'It stands still while gateways publish.',
  muon_link_packets_sent_total: 'It stands still while gateways subscribe.',
  muon_link_packets_slow_total: 'It grows: a gateway is too slow for the video that it takes.',
  muon_link_packets_unknown_track_total: 'More than a few at the end of a track: a gateway numbers wrongly.',
  muon_link_packets_malformed_total: 'It grows: a gateway sends something else than it said.',
  muon_hls_requests_total: '`404` or `500` grow: players ask for what is gone, or the origin fails.',
  muon_program_deaths_total: 'It grows: the composing process dies; its log says why.',
  muon_program_tally: 'Late samples or decode failures grow: the machine is too slow, or tracks are damaged.',
  muon_reports_refused_total:
    'It grows: the node tells of rooms that are not its own; its log and that of the control plane name them.',
  muon_recording_reports_refused_total:
    'It grows: the gateway tells of files that are not its own; its log and that of the control plane name them.',
  muon_recorded_bytes_total: 'It stands still while a broadcast is recorded.',
  muon_recording_failures_total:
    'It grows: the disk of recordings is full, not writable or too slow; the label says which.',
  muon_recording_upload_failures_total:
    'It grows: the bucket is away, or the role may not write to it; files wait on the disk.',
  muon_rtmp_pullers: 'It is 0 while a CDN should be pulling.',
  muon_rtmp_connections: 'Far more than pullers: connections that do nothing.',
  muon_rtmp_refused: 'It grows: wrong tokens, or an attack; the label says which.',
  muon_sip_calls_total: 'It falls to nothing while people should be calling.',
  muon_sip_calls_ended_total: 'Refusals grow: the label says whether rooms are unknown, or the gateway is full.',
  muon_sip_calls: 'It nears `MUON_SIP_MAX_CALLS`.',
  muon_sip_media_total:
    '`samplesConcealed` grows against `samplesPlayed`: sound is lost on the way. Strangers: somebody sends into calls.',
  muon_sip_signaling_total:
    'Malformed or dropped messages grow: scanners; set `MUON_SIP_ALLOWED_SOURCES`. `restarts` or `daemon-losses` grow: what speaks SIP dies.',
};
