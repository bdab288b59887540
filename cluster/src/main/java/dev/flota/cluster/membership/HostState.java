package dev.flota.cluster.membership;

/** What this host sees of another one. */
public enum HostState {
  /** It is there. */
  READY,
  /** It does not answer, and may yet be running. */
  UNREACHABLE,
  /** It is out of the cluster: the others have given it up, or it has not come back. */
  LOST
}
