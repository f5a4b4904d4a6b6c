import type * as z from 'zod'
import * as p from '../schema/proto.js'

/** Where a secret comes from: exactly one of the fields. Source: datasource.proto. */
export const dataSource = () =>
  p.message(
    { secret: p.string(), file: p.string(), inline: p.bytesValue(), inlineString: p.string() },
    { oneofs: [['secret', 'file', 'inline', 'inlineString']] },
  )

export type DataSource = z.infer<ReturnType<typeof dataSource>>
