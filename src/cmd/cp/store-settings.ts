import * as z from 'zod'
import { duration, port, section, text } from './setting.js'

const count = (fallback: number) => z.coerce.number().int().min(0).default(fallback)

/** Where resources are kept; PostgreSQL's settings and their defaults are Kuma's. */
export const storeSettings = () =>
  section({
    type: z.enum(['embedded', 'memory', 'postgres']).default('embedded'),
    embedded: section({ path: text() }),
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
      maxConnectionLifetime: duration('1h'),
      tls: section({
        mode: z.enum(['disable', 'verifyNone', 'verifyCa', 'verifyFull']).default('disable'),
        certPath: text(),
        keyPath: text(),
        caPath: text(),
      }),
    }),
  })

export type StoreSettings = z.infer<ReturnType<typeof storeSettings>>
