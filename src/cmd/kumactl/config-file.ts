import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import * as z from 'zod'
import { CliFailure } from './failure.js'

/** kumactl's configuration, as Kuma keeps it in `~/.kumactl/config`. Both camelCase and snake_case are read. */
const schema = () =>
  z.object({
    controlPlanes: z
      .array(
        z.object({
          name: z.string(),
          coordinates: z.object({
            apiServer: z.object({
              url: z.string(),
              caCertFile: z.string().optional(),
              skipVerify: z.boolean().optional(),
              headers: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
              authConf: z.record(z.string(), z.string()).optional(),
              authType: z.string().optional(),
            }),
          }),
        }),
      )
      .default([]),
    contexts: z
      .array(z.object({ name: z.string(), controlPlane: z.string(), defaults: z.object({ mesh: z.string().optional() }).optional() }))
      .default([]),
    currentContext: z.string().default(''),
  })

export type KumactlConfig = z.infer<ReturnType<typeof schema>>
export type ControlPlaneEntry = KumactlConfig['controlPlanes'][number]

export function defaultConfigPath(): string {
  return join(homedir(), '.kumactl', 'config')
}

/** Without a file, the control plane on this machine. */
function localConfig(): KumactlConfig {
  return {
    controlPlanes: [{ name: 'local', coordinates: { apiServer: { url: 'http://localhost:5681' } } }],
    contexts: [{ name: 'local', controlPlane: 'local', defaults: { mesh: 'default' } }],
    currentContext: 'local',
  }
}

/** @throws CliFailure when the file can't be read or isn't a kumactl configuration */
export function loadConfig(path: string): KumactlConfig {
  if (!existsSync(path)) return localConfig()
  let raw: unknown
  try {
    raw = camelCased(parse(readFileSync(path, 'utf8')) ?? {})
  } catch (error) {
    throw new CliFailure(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const result = schema().safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new CliFailure(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a kumactl configuration'}`)
}

/** The file may hold credentials: nobody else reads it. */
export function saveConfig(path: string, config: KumactlConfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, stringify(config), { mode: 0o600 })
  chmodSync(path, 0o600)
}

export interface ActiveContext {
  readonly controlPlane: ControlPlaneEntry
  readonly mesh: string
}

export function activeContext(config: KumactlConfig): ActiveContext {
  const context = config.contexts.find((c) => c.name === config.currentContext)
  const controlPlane = config.controlPlanes.find((cp) => cp.name === context?.controlPlane)
  if (!context || !controlPlane) {
    throw new CliFailure(
      'active Control Plane is not set. Use `kumactl config control-planes add` to add a Control Plane and make it active',
    )
  }
  return { controlPlane, mesh: context.defaults?.mesh || 'default' }
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), camelCased(inner)]),
  )
}
