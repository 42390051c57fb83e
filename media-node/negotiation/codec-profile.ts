/**
 * What the parameters of a codec, as after `a=fmtp:`, say of the streams that its decoders can read: streams of another
 * profile cannot be passed to them. '' for codecs with one profile; undefined for streams that are not forwarded.
 */
export function profileOf(mimeType: string, parameters: string): string | undefined {
  switch (mimeType) {
    case 'video/vp9':
      return parameter(parameters, 'profile-id') ?? '0';
    case 'video/av1':
      return parameter(parameters, 'profile') ?? '0';
    case 'video/h264':
      return h264Profile(parameters);
    default:
      return '';
  }
}

/** Of the profile-level-id (RFC 6184 section 8.1), without the level, which each side chooses for itself. */
function h264Profile(parameters: string): string | undefined {
  // Interleaved and single-unit packets are sent by nobody who cannot do better.
  if (parameter(parameters, 'packetization-mode') !== '1') return undefined;
  const id = parameter(parameters, 'profile-level-id')?.toLowerCase() ?? '42000a';
  if (!/^[\da-f]{6}$/.test(id)) return undefined;
  const idc = id.slice(0, 2);
  const constraints = Number.parseInt(id.slice(2, 4), 16);
  switch (idc) {
    case '42':
      return constraints & 0x40 ? 'constrained-baseline' : 'baseline';
    case '4d':
      return constraints & 0x80 ? 'constrained-baseline' : 'main';
    case '64':
      return (constraints & 0x0c) === 0x0c ? 'constrained-high' : 'high';
    default:
      return undefined;
  }
}

function parameter(parameters: string, name: string): string | undefined {
  for (const one of parameters.split(';')) {
    const [key, value] = one.split('=');
    if (key?.trim().toLowerCase() === name) return value?.trim();
  }
  return undefined;
}
