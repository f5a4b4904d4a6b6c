import * as z from 'zod'
import { injectorSettings } from './injector-settings.js'
import { duration, list, port, section, text } from './setting.js'

/** `runtime.kubernetes`: what a control plane does in a cluster. Names and defaults are Kuma's. */
export const kubernetesSettings = () =>
  section({
    admissionServer: section({
      address: text('127.0.0.1'),
      port: port(5443),
      /** Folder with `tls.crt` and `tls.key`; empty: the certificate of the other servers. */
      certDir: text(),
    }),
    /** Users that may write what people may not: the control plane's own. */
    allowedUsers: list(['system:serviceaccount:kuma-system:kuma-control-plane']),
    controlPlaneServiceName: text('kuma-control-plane'),
    injector: injectorSettings(),
    controllersConcurrency: section({ podController: z.coerce.number().int().min(1).max(1000).default(10) }),
    leaderElection: section({ leaseDuration: duration('15s'), renewDeadline: duration('10s') }),
    /** Labels of Pods that name their workload; without any of them their service account does. */
    workloadLabels: list(),
  })
