package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.container.ContainerRecord;
import java.nio.file.Path;

/**
 * Writes {@code hosts}, {@code hostname} and {@code resolv.conf} of a container, to be bound over
 * the files in its {@code /etc}.
 */
public final class NetworkFiles {
  private final EngineSettings settings;

  /** The gateway of {@code settings} is what {@code host-gateway} means. */
  public NetworkFiles(EngineSettings settings) {
    this.settings = settings;
  }

  /**
   * Writes {@code hosts}, {@code hostname} and {@code resolv.conf} into {@code directory} (at each
   * start, after the endpoints are known). Not for {@code container:X}, which shares X's files.
   */
  @SuppressWarnings("DoNotCallSuggester") // written next
  public void write(ContainerRecord container, Path directory) {
    throw EngineException.notImplemented(settings.hostName() + container.id() + directory);
  }
}
