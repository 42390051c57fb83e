import { createReadStream } from 'node:fs';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/** S3 takes 10,000 parts: so 160 GB, of which two parts are in memory. */
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** A bucket of S3 that recordings are kept in. */
export class RecordingsBucket {
  readonly name: string;
  readonly #client: S3Client;

  constructor(name: string, client = new S3Client({})) {
    this.name = name;
    this.#client = client;
  }

  locationOf(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** Copies a file there; what was begun and failed is not left there. */
  async upload(path: string, key: string): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.name, Key: key, Body: createReadStream(path), ContentType: 'video/mp4' },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    await upload.done();
  }

  /** Deletes an object; one that is not there is deleted. */
  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }
}
