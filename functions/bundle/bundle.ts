import { join } from 'node:path';
import { build } from 'esbuild';
import { unusedPackages, withoutJsonSchemaPlugin, withoutPackageJsonPlugin } from './unused.ts';
import { withoutMetaPlugin } from './without-meta.ts';

export const functionNames = ['api', 'internal', 'stream', 'sweeper', 'rotate', 'fleet'] as const;

export type FunctionName = (typeof functionNames)[number];

/** A function as one ES module for Node 24, without what a Lambda function never needs. */
export async function bundleFunction(name: FunctionName): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `../handlers/${name}.ts`)],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's ES modules can be shaken, its CommonJS cannot.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'environment-credentials.ts'),
      ...unusedPackages,
    },
    plugins: [withoutMetaPlugin, withoutJsonSchemaPlugin, withoutPackageJsonPlugin],
    write: false,
  });
  return outputFiles[0]!.contents;
}
