package dev.flota.api.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which Flota this is, as its build noted it.
 *
 * @param version of the build
 * @param commit it was built from, {@code unknown} when it was not built from a checkout
 * @param buildTime RFC 3339
 */
public record Version(String version, String commit, String buildTime) {
  private static final String RESOURCE = "/flota-build.properties";

  /** This one. */
  public static Version current() {
    Properties noted = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing: Flota was not built by Maven");
      }
      noted.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Version(
        noted.getProperty("version", ""),
        noted.getProperty("commit", "unknown"),
        noted.getProperty("time", ""));
  }
}
