/**
 * The cloud's settings: one schema, read once at start from a YAML file, the environment and the
 * command line (each over the one before), unknown keys refused, all faults reported together.
 * Also the only place that reads the environment.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { isCloudName } from '@tillproof/shared/ids.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { wechatSettings } from './money/payments/wechat/merchant.ts'

/**
 * embedded: database and chain as children · broker: MQTT · ingest: batches · worker: log,
 * anchors, matching, clearing · api: HTTP and dashboard.
 */
export const ROLES = ['embedded', 'broker', 'ingest', 'worker', 'api'] as const
export type Role = (typeof ROLES)[number]

const port = z.number().int().min(0).max(65_535)

const contractAddress = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])

const settings = z.strictObject({
  /** Part of every origin and key name; cannot be changed once machines are enrolled. */
  name: z
    .string()
    .refine(isCloudName, 'must look like a host name in lower case')
    .default('demo.tillproof.local'),
  /** Keys, and the embedded database and chain, lie here. */
  data: z.string().min(1).default('.tillproof'),
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .default([...ROLES]),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8080),
      /** How people and machines reach it; https makes the session's cookie a secure one. */
      publicUrl: z.url({ protocol: /^https?$/ }).optional(),
      /** Addresses of proxies in front of us, who tell whom they speak for. */
      proxies: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).optional(),
      /** Serve the built dashboard. */
      dashboard: z.boolean().default(true),
    })
    .prefault({}),
  mqtt: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8883),
      /** The name machines connect to; in the broker's certificate. */
      publicHost: z.string().default('localhost'),
      /** A broker that is not ours; the role `broker` is then not needed. */
      external: z
        .strictObject({
          host: z.string(),
          port: port.default(8883),
          caFile: z.string(),
          certificateFile: z.string(),
          keyFile: z.string(),
        })
        .optional(),
    })
    .prefault({}),
  database: z
    .strictObject({
      /** As the owner of the database; without it the embedded one is used. */
      url: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
      poolSize: z.number().int().min(2).max(200).default(10),
    })
    .prefault({}),
  /** Where wake-ups queue; without it in the database. */
  redisUrl: z.url({ protocol: /^rediss?$/ }).optional(),
  log: z
    .strictObject({
      sequenceEveryMs: z.number().int().min(10).max(60_000).default(300),
      publishEveryMs: z.number().int().min(10).max(600_000).default(500),
      /** Sign checkpoints with an SM2 key as well, for readers who ask for it. */
      sm2: z.boolean().default(false),
    })
    .prefault({}),
  anchor: z
    .strictObject({
      /** A node of the chain; without it the embedded one is used. */
      rpcUrl: z.url({ protocol: /^https?$/ }).optional(),
      /** Chain id that the node has to have; any when absent. */
      chainId: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
      /** The same chain as verifiers reach it, for the policy. */
      publicRpcUrl: z.url({ protocol: /^https?$/ }).optional(),
      /** A contract that stands already; else one is deployed. */
      contract: contractAddress.optional(),
      /** A registry of agreements that stands already; else one is deployed on our own chain. */
      registry: contractAddress.optional(),
      everyMs: z.number().int().min(100).max(86_400_000).default(60_000),
      /** Blocks on top of an anchor's own before it counts as final. */
      confirmations: z.number().int().min(0).max(1000).default(2),
      stuckAfterMs: z.number().int().min(1000).max(86_400_000).default(60_000),
      /** Chain id of the embedded chain. */
      embeddedChainId: z.number().int().min(1).max(2_147_483_647).default(31_337),
    })
    .prefault({}),
  payments: z
    .strictObject({
      /** File that the sandbox company gave its merchant; without a company nobody can order. */
      sandboxCredentials: z.string().optional(),
      /** An account at WeChat Pay; it takes the orders when there is a sandbox as well. */
      wechat: wechatSettings.optional(),
      ordersPerMinute: z.number().int().min(1).max(1_000_000).default(3000),
    })
    .prefault({}),
})

export type Config = Omit<z.infer<typeof settings>, 'data'> & { data: string; files: Files }
type Files = {
  keys: string
  /** Where other processes find the embedded database and chain. */
  embedded: string
  postgres: string
  chain: string
  /** Policy lines of witnesses; watched while the cloud runs. */
  witnesses: string
  run: string
}

export type ConfigSources = {
  file?: string | undefined
  environment?: NodeJS.ProcessEnv
  /** Nested as the file; undefined values count as not given. */
  flags?: Tree[]
}
export type Tree = { [key: string]: Tree | unknown }

/** Throws `config.invalid` with every fault, or `config.unreadable`. */
export function loadConfig(sources: ConfigSources): Config {
  const environment = fromEnvironment(sources.environment ?? process.env)
  const trees = [readFile(sources.file), environment, ...(sources.flags ?? [])]
  const result = settings.safeParse(trees.reduce(merge))
  if (!result.success) throw invalid(result.error)
  const data = resolve(result.data.data)
  return { ...result.data, data, files: filesIn(data) }
}

function filesIn(data: string): Files {
  return {
    keys: join(data, 'cloud', 'keys'),
    embedded: join(data, 'cloud', 'embedded.json'),
    postgres: join(data, 'postgres'),
    chain: join(data, 'chain'),
    witnesses: join(data, 'cloud', 'witnesses.policy'),
    run: join(data, 'cloud', 'run.json'),
  }
}

function readFile(path: string | undefined): Tree {
  if (path === undefined) return {}
  try {
    return (parse(readFileSync(path, 'utf8')) ?? {}) as Tree
  } catch (cause) {
    throw new TillproofError(
      'config.unreadable',
      `${path} cannot be read as YAML: ${(cause as Error).message}`,
      'check the path and the file',
      { cause },
    )
  }
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Tree {
  return {
    database: { url: environment.DATABASE_URL },
    redisUrl: environment.REDIS_URL,
    anchor: { rpcUrl: environment.ANCHOR_RPC_URL },
  }
}

/** `over` wins; what it leaves undefined does not count. */
function merge(under: Tree, over: Tree): Tree {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = merged[key]
    merged[key] = isTree(value) ? merge(isTree(below) ? below : {}, value) : value
  }
  return merged
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(error: z.ZodError): TillproofError {
  return new TillproofError(
    'config.invalid',
    `the settings are not right: ${error.issues.map(describe).join('; ')}`,
    'correct the named settings; docs/operating/platform.md lists all of them',
  )
}

function describe(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.')
  return at === '' ? issue.message : `${at}: ${issue.message}`
}
