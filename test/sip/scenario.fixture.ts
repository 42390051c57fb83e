const REQUEST_HEADERS = (method: string, branch: string, cseq: string, to: string) => `
      ${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch}
      From: sipp <sip:+4930123467@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>${to}
      Call-ID: [call_id]
      CSeq: ${cseq} ${method}
      Contact: sip:sipp@[local_ip]:[local_port]
      Max-Forwards: 70`;

const OFFER = `
      v=0
      o=u 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15
`;

const INVITE = `<send retrans="500"><![CDATA[
${REQUEST_HEADERS('INVITE', '[branch]', '1', '')}
      Content-Type: application/sdp
      Content-Length: [len]

${OFFER}
    ]]></send>`;

const withoutBody = (request: string, retransmit = '') => `<send${retransmit}><![CDATA[
${request}
      Content-Length: 0

    ]]></send>`;

const scenario = (name: string, ...steps: readonly string[]) => `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="${name}">
  ${steps.join('\n  ')}
</scenario>
`;

/** Calls, hears ringing, and cancels. */
export const CANCEL = scenario(
  'cancel',
  INVITE,
  '<recv response="100" optional="true"/>',
  '<recv response="180"/>',
  withoutBody(REQUEST_HEADERS('CANCEL', '[branch-2]', '1', ''), ' retrans="500"').replace(
    /^ *Via:.*branch=\[branch-2\].*$/m,
    '      [last_Via:]',
  ),
  '<recv response="200"/>',
  '<recv response="487"/>',
  withoutBody(REQUEST_HEADERS('ACK', '[branch-4]', '1', '[peer_tag_param]')).replace(
    /^ *Via:.*branch=\[branch-4\].*$/m,
    '      [last_Via:]',
  ),
);

/** Calls, is answered, and never acknowledges it; is hung up on in the end. */
export const NO_ACK = scenario(
  'no ACK',
  INVITE,
  '<recv response="100" optional="true"/>',
  '<recv response="180" optional="true"/>',
  '<recv response="200"/>',
  '<recv request="BYE" timeout="45000"/>',
  `<send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]></send>`,
);
