/** From this size on a picture is sent in three; browsers leave layers out of smaller ones. */
const MIN_PIXELS = 960 * 540;

/** Bits per second and pixel of a picture of 1280x720 that shows people. */
const BITRATE_PER_PIXEL = 1.9;
const HD_PIXELS = 1280 * 720;

/** Smaller pictures need more of it. */
const BITRATE_POWER = 0.85;

/** Names of the layers, smallest first, as in ion-sfu. */
const RIDS = ['q', 'h', 'f'];

/** How a picture of this size is sent: in three sizes, each half as wide and high as the next, or a small one as it is. */
export function simulcastLayers({ width = 640, height = 480 }: MediaTrackSettings): RTCRtpEncodingParameters[] {
  const pixels = width * height;
  if (pixels < MIN_PIXELS) return [{ maxBitrate: bitrate(pixels) }];
  return RIDS.map((rid, layer) => {
    const scaleResolutionDownBy = 2 ** (RIDS.length - 1 - layer);
    return { rid, scaleResolutionDownBy, maxBitrate: bitrate(pixels / scaleResolutionDownBy ** 2) };
  });
}

function bitrate(pixels: number): number {
  return Math.round((BITRATE_PER_PIXEL * HD_PIXELS * (pixels / HD_PIXELS) ** BITRATE_POWER) / 10_000) * 10_000;
}
