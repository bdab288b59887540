package dev.flota.lab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The fourth host of the lab: it is in no fleet unless a test lets it join, and after each. */
public final class SpareHost {
  private static final String NAME = "host-4";
  private static final SpareHost INSTANCE = make(Lab.get().host());

  private final LabHost host;
  private final Docker docker;

  private SpareHost(LabHost host, Docker docker) {
    this.host = host;
    this.docker = docker;
  }

  private static SpareHost make(LabHost first) {
    first.lab("add", NAME);
    Path socket = first.socket().resolveSibling(NAME + ".sock");
    try {
      return new SpareHost(
          new LabHost(socket),
          new Docker("unix://" + socket, Files.createTempDirectory("flota-spare-")));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** It, made by the first who asks. */
  public static SpareHost get() {
    return INSTANCE;
  }

  /** Starts the daemons that have ended on the first hosts. */
  public static void labUp(int hosts) {
    Lab.get().host().lab("up", String.valueOf(hosts));
  }

  /** Its inside. */
  public LabHost host() {
    return host;
  }

  /** The stock command line, talking to it. */
  public Docker docker() {
    return docker;
  }

  /** Single requests to it. */
  public Api api() {
    return new Api(host.socket());
  }

  /** Takes it out of the fleet that it has joined, if any. */
  public void leave() {
    host.awaitAnswer();
    if (api().send("GET", "/fleet").status() == 200) {
      Api.Answer answer = api().send("POST", "/fleet/leave?force=1");
      if (answer.status() != 204) {
        throw new AssertionError(NAME + " does not leave: " + answer);
      }
    }
  }
}
