package dev.flota.lab.faults;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.RunningCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The fault points of a lab host's daemon, as a test sees them. */
public final class FaultPoints {
  /** With them a daemon can have points; it starts anew so often that compiling well is in vain. */
  public static final String JAVA_OPTIONS =
      "-XX:+EnableDynamicAgentLoading -XX:TieredStopAtLevel=1";

  private static final String DIRECTORY = "/run/flota/fault-points";
  private static final String JAR = DIRECTORY + "/agent.jar";

  private final LabHost host;

  private FaultPoints(LabHost host) {
    this.host = host;
  }

  /**
   * Has the daemon that runs there now know its points; the next one will not.
   *
   * @param methods {@code package.Class#method}
   */
  public static FaultPoints in(LabHost host, List<String> methods) {
    host.ok("rm -rf " + DIRECTORY + "; mkdir -p " + DIRECTORY);
    host.start("cat >" + JAR).type(jar()).endInput().await().exited(0);
    String daemon = host.ok("pgrep -oP 1 -x java").strip();
    lendJars(host, daemon);
    String loaded =
        host.ok(
            "/opt/jdk/bin/jcmd %s JVMTI.agent_load %s '\"%s\"'"
                .formatted(daemon, JAR, String.join(",", methods)));
    if (!loaded.contains("return code: 0")) {
      throw new AssertionError(host.name() + ": " + loaded);
    }
    return new FaultPoints(host);
  }

  /**
   * Has the daemon's jars where they were when its class cache was made: for an agent the virtual
   * machine reads them there.
   */
  private static void lendJars(LabHost host, String daemon) {
    try {
      host.ok(
          """
          jars=$(tr '\\0' '\\n' </proc/%s/cmdline | grep -om 1 '^/opt/flota/[^/]*/lib')
          mkdir -p '%2$s' && ln -sfn "$jars" '%2$s/lib'
          """
              .formatted(daemon, Path.of("..").toRealPath().resolve("target", "dist")));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static byte[] jar() {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Agent-Class", FaultAgent.class.getName());
    main.putValue("Can-Retransform-Classes", "true");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Class<?> each :
          Stream.concat(
                  Stream.of(FaultAgent.class, Halt.class),
                  Stream.of(FaultAgent.class.getDeclaredClasses()))
              .toList()) {
        String file = each.getName().replace('.', '/') + ".class";
        jar.putNextEntry(new JarEntry(file));
        try (InputStream content = each.getClassLoader().getResourceAsStream(file)) {
          if (content == null) {
            throw new AssertionError(file + " is missing");
          }
          content.transferTo(jar);
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return bytes.toByteArray();
  }

  /** The daemon is to halt there. */
  public void halt(String point) {
    arm(point, "halt");
  }

  /** The daemon is to fail there. */
  public void fail(String point) {
    arm(point, Halt.FAIL);
  }

  private void arm(String point, String wish) {
    host.ok("echo %s >%s/new && mv %s/new %s".formatted(wish, DIRECTORY, DIRECTORY, file(point)));
  }

  /** Returns once the daemon has come there; fails when what is to bring it there has ended. */
  public void awaitReached(String point, RunningCommand bringer) {
    Await.until(
        host.name() + " comes to " + point,
        () -> {
          if (host.shell("test -e " + file(point) + ".reached").exit() == 0) {
            return true;
          }
          if (!bringer.isAlive()) {
            throw new AssertionError(
                "%s did not come to %s: %s".formatted(host.name(), point, bringer));
          }
          return false;
        });
  }

  /** The daemon may go on from there, and passes the next time. */
  public void release(String point) {
    host.ok("rm -f " + file(point) + " " + file(point) + ".reached");
  }

  private static String file(String point) {
    return DIRECTORY + "/" + point;
  }
}
