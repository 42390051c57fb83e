import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Names of the codecs in a stream that is pulled over RTMP; undefined when the server refuses it. */
export async function probeRtmp(url: string): Promise<string[] | undefined> {
  const args = ['-v', 'error', '-rw_timeout', '10000000', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', url];
  try {
    const { stdout } = await promisify(execFile)('ffprobe', args, { timeout: 30_000 });
    const codecs = stdout.trim().split('\n').filter(Boolean);
    return codecs.length > 0 ? codecs : undefined;
  } catch {
    return undefined;
  }
}
