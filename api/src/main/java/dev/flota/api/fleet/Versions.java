package dev.flota.api.fleet;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which versions of Flota may be in one fleet. */
final class Versions {
  private static final Pattern FORM = Pattern.compile("([0-9]+)\\.([0-9]+)\\..*");

  private Versions() {}

  /** Whether one is the other's next minor version at most. */
  static boolean adjacent(String one, String other) {
    Matcher first = FORM.matcher(one);
    Matcher second = FORM.matcher(other);
    return first.matches()
        && second.matches()
        && first.group(1).equals(second.group(1))
        && Math.abs(Integer.parseInt(first.group(2)) - Integer.parseInt(second.group(2))) <= 1;
  }
}
