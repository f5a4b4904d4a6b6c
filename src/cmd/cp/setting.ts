import * as z from 'zod'

/** The shapes of single settings: each is read from YAML, or from the text of an environment variable. */
export const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback)
export const flag = (fallback: boolean) =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(fallback)
export const text = (fallback = '') => z.string().default(fallback)
/** In the environment separated by commas. */
export const list = (fallback: readonly string[] = []) =>
  z.union([z.array(z.string()), z.string().transform((names) => names.split(',').filter(Boolean))]).default([...fallback])
export const positive = (fallback: number) => z.coerce.number().positive().default(fallback)

/** What is absent has its defaults. */
export const section = <S extends z.ZodRawShape>(shape: S) => z.object(shape).prefault({} as z.input<z.ZodObject<S>>)
