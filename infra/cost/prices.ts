/** What is assumed of AWS's list prices, in US dollars. Check each against AWS before you count on a result. */
export const prices = {
  /** Where and when they were assumed; nothing fetches them. */
  region: 'us-east-1, on demand, without free tiers and savings plans',
  assumedOn: '2026-11-22',
  /** c7a.xlarge, 4 vCPUs. */
  mediaHostHour: 0.205,
  /** c7a.large, for telephones. */
  sipHostHour: 0.103,
  /** Each public IPv4 address, an hour. */
  publicIpv4Hour: 0.005,
  /** 20 GB gp3 for each host, an hour. */
  diskHour: 0.0022,
  /** One for all hosts, exportable. */
  wildcardCertificateYear: 149,
  /** To the internet, first 10 TB of a month; to hosts it is free. */
  transferGb: 0.09,
  /** CloudFront to viewers, first 10 TB of a month. */
  cdnGb: 0.085,
  httpApiMillion: 1,
  lambdaMillion: 0.2,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  tableWriteMillion: 0.625,
  tableReadMillion: 0.125,
  /** What AWS writes into CloudWatch Logs, first 10 TB of a month. */
  flowLogGb: 0.5,
} as const;

export type Prices = { readonly [Name in keyof typeof prices]: Name extends 'region' | 'assumedOn' ? string : number };
