package dev.flota.api.daemon;

/** Which Flota this is. */
public final class Version {
  private Version() {}

  /** The version of the build, from the jar's manifest. */
  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unbuilt" : version;
  }
}
