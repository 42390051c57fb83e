// Runs at CloudFront before its cache: `/hls/{host}/{egress}/…` is answered by the host that runs the broadcast. The host
// is told by its instance id alone, so nobody can have CloudFront ask anything but a host of ours.
import cf from 'cloudfront';

// oxlint-disable-next-line no-unused-vars -- CloudFront calls it
function handler(event) {
  const request = event.request;
  const match = /^\/hls\/(i-[0-9a-f]{8,17})(\/.+)$/.exec(request.uri);
  if (!match) return { statusCode: 404, statusDescription: 'Not Found' };
  request.uri = '/hls' + match[2];
  // In the key of the cache: a broadcast that has moved starts anew.
  request.headers['x-muon-host'] = { value: match[1] };
  cf.updateRequestOrigin({ domainName: match[1] + '.MEDIA_DOMAIN' });
  return request;
}
