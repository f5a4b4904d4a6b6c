import * as z from 'zod'
import { nanosOf, parseDuration } from '../../core/duration.js'

/** The shapes of single settings: each is read from YAML, or from the text of an environment variable. */
export const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback)
export const flag = (fallback: boolean) =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(fallback)
export const text = (fallback = '') => z.string().default(fallback)
/** In the environment separated by commas. */
export const list = (fallback: readonly string[] = []) =>
  z.union([z.array(z.string()), z.string().transform((names) => names.split(',').filter(Boolean))]).default([...fallback])
/** Texts by name; in the environment `a:1,b:2`. */
export const map = (fallback: Readonly<Record<string, string>> = {}) =>
  z
    .union([
      z.record(z.string(), z.coerce.string()),
      z.string().transform((pairs, context) => {
        const entries = pairs
          .split(',')
          .filter(Boolean)
          .map((pair) => /^([^:]+):(.*)$/.exec(pair)?.slice(1))
        if (entries.every((entry) => entry !== undefined)) return Object.fromEntries(entries) as Record<string, string>
        context.addIssue('expected name:value pairs with commas between them')
        return z.NEVER
      }),
    ])
    .default({ ...fallback })
export const positive = (fallback: number) => z.coerce.number().positive().default(fallback)

/** What is absent has its defaults. */
export const section = <S extends z.ZodRawShape>(shape: S) => z.object(shape).prefault({} as z.input<z.ZodObject<S>>)

/** A duration above zero as Go writes it, such as `72h`. */
export const duration = (fallback: string) =>
  z
    .string()
    .refine((value) => durationMs(value) > 0, 'expected a duration above zero, such as 72h or 90s')
    .default(fallback)

/** The same, or none at all. */
export const durationOrNone = (fallback: string) =>
  z
    .string()
    .refine((value) => parseDuration(value).ok && durationMs(value) >= 0, 'expected a duration, such as 72h or 90s, or 0')
    .default(fallback)

/** A setting that is a {@link duration}, in milliseconds. */
export const durationMs = (value: string): number => Number(nanosOf(value) / 1_000_000n)
