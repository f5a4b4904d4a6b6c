import { defaultInjectorSettings } from '../../kubernetes/injector/settings.js'
import { list, port, section, text } from './setting.js'

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
    injector: section({
      /** PEM of the CA that sidecars trust; empty: the control plane's certificate. */
      caCertFile: text(),
      sidecarContainer: section({ image: text(defaultInjectorSettings.sidecarContainer.image) }),
      initContainer: section({ image: text(defaultInjectorSettings.initContainer.image) }),
    }),
  })
