import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { isAbsolute, relative } from 'node:path'

export type LoadedData = { readonly ok: true; readonly data: Buffer } | { readonly ok: false; readonly message: string }

/** What resources may make a control plane read beside what is stored: whoever writes resources must not get at just any file. */
export interface OutsideData {
  readFile(path: string): Promise<LoadedData>
  readVariable(name: string): LoadedData
}

export interface OutsideDataOptions {
  /** Absolute paths of folders; what is in them and below may be read. Default: none. */
  readonly folders?: readonly string[]
  /** Names of environment variables that may be read. Default: none. */
  readonly variables?: readonly string[]
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Longer files are refused. Default: 1 MiB. */
  readonly maxBytes?: number
}

/** What the settings that allow something are called, for messages. */
export const outsideDataSettings = { folders: 'dataSources.allowedFolders', variables: 'dataSources.allowedVariables' } as const

/** Reads what is allowed, and says of anything else which setting would allow it. */
export function createOutsideData(options: OutsideDataOptions = {}): OutsideData {
  const { folders = [], variables = [], environment = {}, maxBytes = 2 ** 20 } = options
  const failed = (message: string) => ({ ok: false, message }) as const
  const forbidden = (path: string) => failed(`file ${path} may not be read: no folder of setting ${outsideDataSettings.folders} has it`)
  return {
    async readFile(path) {
      if (!isAbsolute(path)) return failed(`file ${path} may not be read: its path has to be absolute`)
      // Nothing is said of files elsewhere, not even whether they are there.
      if (!folders.some((folder) => isWithin(folder, path))) return forbidden(path)
      try {
        const real = await realpath(path)
        const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)))
        if (!roots.some((root) => root !== undefined && isWithin(root, real))) return forbidden(path)
        const data = await readAtMost(real, maxBytes)
        return data ? { ok: true, data } : failed(`file ${path} can't be read: it is no file, or longer than ${maxBytes} bytes`)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        return failed(`open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : code}`)
      }
    },
    readVariable(name) {
      if (!variables.includes(name)) {
        return failed(`environment variable ${name} may not be read: setting ${outsideDataSettings.variables} doesn't name it`)
      }
      const value = environment[name]
      return value === undefined ? failed(`environment variable ${name} is not set`) : { ok: true, data: Buffer.from(value) }
    },
  }
}

/** Allows nothing. */
export const nothingOutside: OutsideData = createOutsideData()

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return isAbsolute(folder) && way !== '' && way.split(/[/\\]/)[0] !== '..' && !isAbsolute(way)
}

/** What a real path leads to: no link any more. A pipe must not make anybody wait. */
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads from one open file, so that what was looked at is what is read. */
async function readAtMost(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await open(path, readOnly)
  try {
    if (!(await file.stat()).isFile()) return undefined
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) return Buffer.from(buffer.subarray(0, length))
      length += bytesRead
      if (length > maxBytes) return undefined
    }
  } finally {
    await file.close()
  }
}
