import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says why what a rule finds at a construct is as it should be. The synthesis fails at findings without a reason. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Says why a role may do something with resources that only a pattern names. */
export function acknowledgeWildcards(role: IConstruct, reason: string, arns: readonly string[]): void {
  acknowledge(role, Object.fromEntries(arns.map((arn) => [`AwsSolutions-IAM5[Resource::${arn}]`, reason])));
}
