/** Of an instance, what its metadata service says (IMDSv2). */
export class Metadata {
  readonly #url: string;
  #session: string | undefined;

  constructor(url = process.env['MUON_METADATA'] ?? 'http://169.254.169.254') {
    this.#url = `${url}/latest`;
  }

  /** @throws when the service is away or does not have it */
  async read(path: 'instance-id' | 'local-ipv4' | 'public-ipv4'): Promise<string> {
    this.#session ??= await this.#ask('/api/token', 'PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': '3600' });
    return this.#ask(`/meta-data/${path}`, 'GET', { 'x-aws-ec2-metadata-token': this.#session });
  }

  async #ask(path: string, method: string, headers: Record<string, string>): Promise<string> {
    const response = await fetch(this.#url + path, { method, headers, signal: AbortSignal.timeout(2000) });
    if (!response.ok) throw new Error(`The metadata service answers ${response.status} to ${path}`);
    return response.text();
  }
}
