package dev.flota.engine.image;

import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on, in the normal form of containerd's "platforms" package, which Docker uses.
 *
 * @param os {@code linux}
 * @param architecture Go's name: {@code amd64}, {@code arm64}, …
 * @param variant {@code v7} of arm; absent where the architecture has but one
 */
public record Platform(String os, String architecture, @Nullable String variant) {
  private static final String COMPONENT = "^[A-Za-z0-9_.-]+$";
  private static final Pattern COMPONENT_PATTERN = Pattern.compile(COMPONENT);
  private static final Set<String> SYSTEMS =
      Set.of(
          "aix",
          "android",
          "darwin",
          "dragonfly",
          "freebsd",
          "hurd",
          "illumos",
          "ios",
          "js",
          "linux",
          "nacl",
          "netbsd",
          "openbsd",
          "plan9",
          "solaris",
          "wasip1",
          "windows",
          "zos");
  private static final Set<String> ARCHITECTURES =
      Set.of(
          "386",
          "amd64",
          "amd64p32",
          "arm",
          "armbe",
          "arm64",
          "arm64be",
          "loong64",
          "mips",
          "mipsle",
          "mips64",
          "mips64le",
          "mips64p32",
          "mips64p32le",
          "ppc",
          "ppc64",
          "ppc64le",
          "riscv",
          "riscv64",
          "s390",
          "s390x",
          "sparc",
          "sparc64",
          "wasm");

  /** Linux on this machine's processor. */
  public static Platform here() {
    return normal("linux", System.getProperty("os.arch", "amd64"), null);
  }

  /**
   * Reads {@code linux/arm64/v8}, {@code linux/amd64}, {@code linux} or {@code arm64}.
   *
   * @throws EngineException INVALID with Docker's text
   */
  public static Platform parse(String text) {
    if (text.indexOf('*') >= 0) {
      throw unreadable(quote(text) + ": wildcards not yet supported");
    }
    List<String> parts = List.of(text.split("/", -1));
    for (String part : parts) {
      if (!COMPONENT_PATTERN.matcher(part).matches()) {
        throw unreadable(
            quote(part)
                + " is an invalid component of "
                + quote(text)
                + ": platform specifier component must match "
                + quote(COMPONENT));
      }
    }
    return switch (parts.size()) {
      case 1 -> single(text);
      case 2 -> normal(parts.get(0), parts.get(1), null);
      case 3 -> normal(parts.get(0), parts.get(1), parts.get(2));
      default -> throw unreadable(quote(text) + ": cannot parse platform specifier");
    };
  }

  /** The normal form of what a manifest or a configuration says. */
  public static Platform normal(String os, String architecture, @Nullable String variant) {
    String system = os.toLowerCase(Locale.ROOT).equals("macos") ? "darwin" : lower(os);
    String given = variant == null ? "" : lower(variant);
    return switch (lower(architecture)) {
      case "i386" -> new Platform(system, "386", null);
      case "x86_64", "x86-64", "amd64" -> new Platform(system, "amd64", amd64Variant(given));
      case "aarch64", "arm64" -> new Platform(system, "arm64", arm64Variant(given));
      case "armhf" -> new Platform(system, "arm", "v7");
      case "armel" -> new Platform(system, "arm", "v6");
      case "arm" -> new Platform(system, "arm", armVariant(given));
      case String other -> new Platform(system, other, given.isEmpty() ? null : given);
    };
  }

  /** Whether an image for {@code offered} runs here as well as one made for exactly this. */
  public boolean accepts(Platform offered) {
    return preference(offered) >= 0;
  }

  /** How well an image for {@code offered} suits: the higher the better, -1 not at all. */
  public int preference(Platform offered) {
    if (!os.equals(offered.os) || !architecture.equals(offered.architecture)) {
      return -1;
    }
    int wanted = level(variant);
    int found = level(offered.variant);
    return found <= wanted ? found : -1;
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }

  private int level(@Nullable String some) {
    String digits = some == null ? "" : some.replaceAll("[^0-9]", "");
    if (!digits.isEmpty() && digits.length() < 4) {
      return Integer.parseInt(digits);
    }
    return architecture.equals("arm64") ? 8 : 1;
  }

  private static Platform single(String text) {
    Platform here = here();
    Platform asSystem = normal(text, here.architecture, null);
    if (SYSTEMS.contains(asSystem.os)) {
      return new Platform(asSystem.os, here.architecture, here.variant);
    }
    Platform asArchitecture = normal("linux", text, null);
    if (ARCHITECTURES.contains(asArchitecture.architecture)) {
      return asArchitecture;
    }
    throw unreadable(quote(text) + ": unknown operating system or architecture");
  }

  private static @Nullable String amd64Variant(String given) {
    return given.isEmpty() || given.equals("v1") ? null : given;
  }

  private static @Nullable String arm64Variant(String given) {
    return given.isEmpty() || given.equals("8") || given.equals("v8") ? null : given;
  }

  private static String armVariant(String given) {
    return switch (given) {
      case "", "7" -> "v7";
      case "5", "6", "8" -> "v" + given;
      default -> given;
    };
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static EngineException unreadable(String reason) {
    return EngineException.invalid(reason + ": invalid argument");
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
