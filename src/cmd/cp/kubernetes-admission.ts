import { join } from 'node:path'
import type { Store } from '../../core/store.js'
import { validatePod } from '../../kubernetes/admission/pods.js'
import { admissionPaths } from '../../kubernetes/install/webhooks.js'
import { rawFault } from '../../protojson/index.js'
import { createResourceAdmission } from '../../server/kubernetes/admission/resources.js'
import { createSecretAdmission } from '../../server/kubernetes/admission/secrets.js'
import { type AdmissionHandler, startAdmissionServer } from '../../server/kubernetes/admission/server.js'
import { type OwnCertificate, ownCertificate } from '../../server/own-certificate.js'
import type { WriteRule } from '../../server/resource-writer.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import { rawIsOff } from './apis.js'
import { followRenewals } from './certificates.js'
import type { KumaCpConfig } from './config.js'
import type { Opened } from './opened.js'

export interface AdmissionParts {
  readonly store: Pick<Store, 'get'>
  readonly rules: readonly WriteRule[]
  /** Of the other servers: for where the settings name none. */
  readonly certificate: OwnCertificate
  /** The identity of a Mesh in the cluster, by its name. */
  readonly meshUid: (name: string) => Promise<string | undefined>
  /** What others answer, by path: the injector. */
  readonly handlers: Readonly<Record<string, AdmissionHandler>>
  readonly log: Logger
  readonly opened: Opened
}

/** The server that the Kubernetes API server asks before it stores Kuma's resources, secrets and pods. */
export async function startAdmission(config: KumaCpConfig, parts: AdmissionParts): Promise<void> {
  const { store, rules, meshUid, handlers, log, opened } = parts
  const { admissionServer, allowedUsers } = config.runtime.kubernetes
  const resources = createResourceAdmission({
    store,
    registry,
    rules,
    meshUid,
    allowedUsers,
    zone: config.multizone.zone.name,
    mayChangeCa: config.identities.backendChange,
    systemNamespace: config.store.kubernetes.systemNamespace,
    rawFault: config.policies.rawEnvoyConfiguration ? rawFault : () => rawIsOff,
  })
  const certificate = await certificateOf(admissionServer.certDir, parts.certificate)
  const server = await startAdmissionServer({
    host: admissionServer.address,
    port: admissionServer.port,
    certificate,
    handlers: {
      [admissionPaths.defaulting]: resources.complete,
      [admissionPaths.validation]: resources.validate,
      [admissionPaths.secrets]: createSecretAdmission({ registry, rules, allowedUsers }),
      [admissionPaths.pods]: async (request) => validatePod(request),
      ...handlers,
    },
    onError: (error, path) => log.error({ err: error, path }, 'a webhook failed'),
    onDenied: ({ status }, { namespace, name, userInfo }, path) =>
      log.info({ path, namespace, name, user: userInfo?.username, reason: status?.message }, 'a webhook said no'),
  })
  opened.add(() => server.close())
  opened.add(followRenewals(certificate, server.renew, log))
  opened.tell('admission webhooks', server.host, server.port)
}

async function certificateOf(folder: string, others: OwnCertificate): Promise<OwnCertificate> {
  if (folder === '') return others
  return ownCertificate({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') })
}
