package dev.flota.lab.harness;

import dev.flota.lab.contract.ObservedContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The lab that is up, with one spy between it and all clients of this test run. */
public final class Lab {
  private static final Path DEFAULT_SOCKET = Path.of("/run/flota/lab/host-1.sock");
  private static final Lab INSTANCE = new Lab(socketOfTheLab());

  private final LabHost host;
  private final ObservedContract contract = new ObservedContract();
  private final Leftovers leftovers;
  private final ApiSpy spy;
  private final Docker docker;

  private Lab(Path socket) {
    this.host = new LabHost(socket);
    this.leftovers = new Leftovers(new Api(socket));
    try {
      Path directory = Files.createTempDirectory("flota-e2e-");
      this.spy =
          new ApiSpy(
              directory.resolve("api.sock"),
              socket,
              exchange -> {
                contract.accept(exchange);
                leftovers.accept(exchange);
              });
      this.docker = new Docker(spy.host(), Files.createDirectory(directory.resolve("docker")));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Path socketOfTheLab() {
    return Optional.ofNullable(System.getProperty("flota.lab.socket"))
        .or(() -> Optional.ofNullable(System.getenv("FLOTA_LAB_SOCKET")))
        .map(Path::of)
        .orElse(DEFAULT_SOCKET);
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted((one, other) -> other.compareTo(one)).forEach(file -> file.toFile().delete());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The one lab of this test run. */
  public static Lab get() {
    return INSTANCE;
  }

  /** Host-1, unless the system property {@code flota.lab.socket} names another's socket. */
  public LabHost host() {
    return host;
  }

  /** The stock command line, by way of the spy. */
  public Docker docker() {
    return docker;
  }

  /** Single requests, by way of the spy. */
  public Api api() {
    return new Api(spy.socket());
  }

  /** The spy that all clients go through. */
  public ApiSpy spy() {
    return spy;
  }

  /** Whether the answers seen so far keep to Docker's description. */
  public ObservedContract contract() {
    return contract;
  }

  /** What tests made and perhaps did not remove. */
  Leftovers leftovers() {
    return leftovers;
  }
}
