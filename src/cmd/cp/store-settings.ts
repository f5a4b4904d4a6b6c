import * as z from 'zod'
import { duration, durationOrNone, flag, port, section, text } from './setting.js'

const count = (fallback: number) => z.coerce.number().int().min(0).default(fallback)

/** Where resources are kept; PostgreSQL's settings and their defaults are Kuma's. */
export const storeSettings = () =>
  section({
    type: z.enum(['embedded', 'memory', 'postgres', 'kubernetes']).default('embedded'),
    /** Whether a Mesh or Zone that is in use may be deleted. */
    unsafeDelete: flag(false),
    embedded: section({ path: text() }),
    kubernetes: section({
      /** Where secrets are, and what has no namespace of its own. */
      systemNamespace: text('kuma-system'),
    }),
    postgres: section({
      host: text('127.0.0.1'),
      port: port(15432),
      user: text('kuma'),
      password: text('kuma'),
      dbName: text('kuma'),
      /** There is one driver here: both of Kuma's names mean it. */
      driverName: z.enum(['pgx', 'postgres']).default('pgx'),
      /** Seconds. */
      connectionTimeout: z.coerce.number().int().min(1).default(5),
      minOpenConnections: count(0),
      /** 0: no limit. */
      maxOpenConnections: count(50),
      maxConnectionIdleTime: duration('30m'),
      maxConnectionLifetime: duration('1h'),
      /** Connections live up to so much longer, so that not all end at once. */
      maxConnectionLifetimeJitter: durationOrNone('1m'),
      /** Goes on with a database of any newer version, and leaves it as it is. */
      tolerateNewerDBVersions: flag(false),
      tls: section({
        mode: z.enum(['disable', 'verifyNone', 'verifyCa', 'verifyFull']).default('disable'),
        certPath: text(),
        keyPath: text(),
        caPath: text(),
        disableSSLSNI: flag(false),
      }),
    }),
  })

export type StoreSettings = z.infer<ReturnType<typeof storeSettings>>
