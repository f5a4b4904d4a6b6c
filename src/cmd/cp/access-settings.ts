import * as z from 'zod'
import { type AccessLists, type Concern, defaultAccessLists } from '../../server/api/access.js'
import { flag, list, section, text } from './setting.js'

const concerns = Object.keys(defaultAccessLists) as Concern[]

/** `access`: who may do what, as Kuma's settings say it. */
export const accessSettings = () =>
  section({
    type: z.enum(['static']).default('static'),
    static: section(
      Object.fromEntries(
        concerns.map((concern) => {
          const { users, groups } = defaultAccessLists[concern]
          return [concern, section({ users: list(users), groups: list(groups) })]
        }),
      ) as unknown as Record<Concern, ReturnType<typeof allowed>>,
    ),
  })

const allowed = () => section({ users: list([]), groups: list([]) })

const publicKeys = () =>
  z
    .array(
      z
        .object({ kid: z.string().min(1), mesh: z.string().optional(), key: z.string().optional(), keyFile: z.string().optional() })
        .refine(({ key, keyFile }) => (key === undefined) !== (keyFile === undefined), 'expected either key or keyFile'),
    )
    .default([])

/** What tokens are believed: those signed by keys in secrets, or by keys whose public half is given here. */
export const validatorSettings = () => section({ useSecrets: flag(true), publicKeys: publicKeys() })

/** `apiServer.authn`: how the API knows its users. */
export const apiAuthenticationSettings = () =>
  section({
    type: z.enum(['tokens', 'clientCerts', 'adminClientCerts']).default('tokens'),
    localhostIsAdmin: flag(false).refine(
      (on) => !on,
      'to be on this machine grants nothing here. Use the token of the administrator (see the log of the first start) instead',
    ),
    tokens: section({ bootstrapAdminToken: flag(true), enableIssuer: flag(true), validator: validatorSettings() }),
  })

/** `apiServer.auth`: whose client certificates are the administrator's. */
export const clientCertificateSettings = () => section({ clientCertsDir: text() })

/** The lists as the API takes them. */
export const accessListsOf = (access: z.infer<ReturnType<typeof accessSettings>>): AccessLists => access.static
