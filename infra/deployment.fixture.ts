import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Template } from 'aws-cdk-lib/assertions';
import { Bundles } from './bundles.ts';
import { createDeployment } from './deployment.ts';
import { deploymentSettings } from './settings.ts';

/** The deployment that `cdk.json` describes, with empty functions. */
export class SynthesizedDeployment implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'muon-cdk-'));
  readonly app = new App({ outdir: join(this.folder, 'cdk.out') });
  readonly stacks: ReturnType<typeof createDeployment>;
  readonly settings = deploymentSettings.parse(readContext());

  #assembly: CloudAssembly | undefined;

  constructor() {
    for (const name of ['api', 'internal', 'stream', 'sweeper', 'rotate', 'fleet']) {
      mkdirSync(join(this.folder, name));
      writeFileSync(join(this.folder, name, 'index.mjs'), '');
    }
    this.stacks = createDeployment(this.app, new Bundles(this.folder), this.settings);
  }

  /** A stack as CloudFormation is told of it. */
  templateOf(name: keyof ReturnType<typeof createDeployment>): Template {
    const { stackName } = this.stacks[name];
    this.#assembly ??= this.app.synth({ skipValidation: true });
    return Template.fromJSON(this.#assembly.getStackByName(stackName).template as Record<string, unknown>);
  }

  /** What CDK says to whoever deploys, and what it would have to ask AWS. */
  remarks(): { readonly messages: readonly unknown[]; readonly missing: readonly unknown[] } {
    const assembly = this.app.synth();
    return { messages: assembly.stacks.flatMap(({ messages }) => messages), missing: assembly.manifest.missing ?? [] };
  }

  /** What CDK and its plug-ins found; synthesis throws when it is an error. */
  synthesize(): { readonly pluginReports: readonly { readonly violations: readonly unknown[] }[] } {
    this.app.synth();
    return JSON.parse(readFileSync(join(this.app.outdir, 'validation-report.json'), 'utf8')) as ReturnType<
      SynthesizedDeployment['synthesize']
    >;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What is in the example that `cdk.json` is. */
function readContext(): unknown {
  const file = join(import.meta.dirname, '../cdk.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { context: { muon: unknown } }).context.muon;
}

/** A resource as CloudFormation is told of it. */
export interface Resource {
  readonly Properties: Record<string, unknown>;
}

export function resourcesOf(template: Template, type: string): Resource[] {
  return Object.values(template.findResources(type)) as Resource[];
}

export type { Template };
