package dev.flota.engine.network;

/** The flows that the kernel remembers with the translation they were given at their beginning. */
interface Flows {
  /** Forgets what went to a port of the host, so that the next packet meets the rules of now. */
  void forgetTo(HostPort port);

  /** Forgets what was redirected to a container, whose address may get another owner. */
  void forgetOf(Ipv4 container);
}
