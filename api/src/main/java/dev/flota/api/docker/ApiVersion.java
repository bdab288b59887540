package dev.flota.api.docker;

import dev.flota.engine.EngineException;

/** A version of the Docker Engine API, such as 1.50. */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  /** The oldest that is answered. */
  public static final ApiVersion MINIMUM = new ApiVersion(1, 24);

  /** The newest that is answered, and the one meant by a path without a version. */
  public static final ApiVersion CURRENT = new ApiVersion(1, 50);

  /**
   * The version a client names in its path.
   *
   * @throws EngineException INVALID if it is not between {@link #MINIMUM} and {@link #CURRENT}
   */
  public static ApiVersion negotiate(String named) {
    ApiVersion version = parse(named);
    if (version.compareTo(MINIMUM) < 0) {
      throw EngineException.invalid(
          "client version %s is too old. Minimum supported API version is %s, please upgrade your client to a newer version"
              .formatted(named, MINIMUM));
    }
    if (version.compareTo(CURRENT) > 0) {
      throw EngineException.invalid(
          "client version %s is too new. Maximum supported API version is %s"
              .formatted(named, CURRENT));
    }
    return version;
  }

  /** Whether it is 1.{@code minor} or newer. */
  public boolean atLeast(int wantedMinor) {
    return compareTo(new ApiVersion(1, wantedMinor)) >= 0;
  }

  private static ApiVersion parse(String text) {
    String[] parts = text.split("\\.", -1);
    return new ApiVersion(number(parts[0]), parts.length > 1 ? number(parts[1]) : 0);
  }

  private static int number(String digits) {
    if (digits.isEmpty()) {
      return 0;
    }
    return digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major == other.major
        ? Integer.compare(minor, other.minor)
        : Integer.compare(major, other.major);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
