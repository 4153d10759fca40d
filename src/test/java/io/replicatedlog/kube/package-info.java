/** The manifests of {@code kube/}, rendered, and compared with Kubernetes' own models and with the application. */
package io.replicatedlog.kube;
