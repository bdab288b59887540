package dev.flota.lab.image;

/** How the images of large programs run, as Docker Hub's of the same names do. */
final class Programs {
  private static final String ENTRYPOINT = "docker-entrypoint.sh";

  private Programs() {}

  /** The first of a version's numbers. */
  static String major(String version) {
    return version.replaceFirst("\\..*", "");
  }

  static RunConfiguration configuration(String name, String version) {
    return switch (name) {
      case "node" -> node(version);
      case "openjdk" -> openjdk(version);
      case "postgres" -> postgres(version);
      default -> throw new IllegalArgumentException("no image is made of " + name);
    };
  }

  private static RunConfiguration node(String version) {
    return RunConfiguration.command("node")
        .withEntrypoint(ENTRYPOINT)
        .withEnvironment(RunConfiguration.PATH, "NODE_VERSION=" + version);
  }

  private static RunConfiguration openjdk(String version) {
    return RunConfiguration.command("java", "-version")
        .withEnvironment(
            RunConfiguration.PATH,
            "JAVA_HOME=/usr/lib/jvm/java-" + major(version) + "-openjdk-amd64",
            "LANG=C.UTF-8",
            "JAVA_VERSION=" + version);
  }

  private static RunConfiguration postgres(String version) {
    String data = "/var/lib/postgresql/data";
    return RunConfiguration.command("postgres")
        .withEntrypoint(ENTRYPOINT)
        .withEnvironment(
            RunConfiguration.PATH + ":/usr/lib/postgresql/" + major(version) + "/bin",
            "LANG=C.UTF-8",
            "PG_MAJOR=" + major(version),
            "PG_VERSION=" + version,
            "PGDATA=" + data)
        .withExposedPort("5432/tcp")
        .withVolume(data)
        .withStopSignal("SIGINT");
  }
}
