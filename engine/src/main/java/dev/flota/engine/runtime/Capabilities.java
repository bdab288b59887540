package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Linux capabilities (capabilities(7)) and Docker's rules for adding and dropping them. */
public final class Capabilities {
  /** All names, in the order of their numbers, as of Linux 5.9. */
  public static final List<String> ALL =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  /** What a container has unless told otherwise. */
  public static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  private static final String EVERY = "ALL";

  private Capabilities() {}

  /**
   * What a container asked for, before looking at what this machine can give.
   *
   * @param add names with or without {@code CAP_}, in any case, or {@code ALL}
   * @throws EngineException INVALID, "invalid CapAdd: unknown capability: "CAP_FOO""
   */
  public static List<String> requested(List<String> add, List<String> drop, boolean privileged) {
    List<String> added = normalized("CapAdd", add);
    List<String> dropped = normalized("CapDrop", drop);
    if (privileged) {
      return ALL;
    }
    if (added.contains(EVERY)) {
      return without(ALL, dropped);
    }
    if (dropped.contains(EVERY)) {
      return List.copyOf(added);
    }
    Set<String> result = new LinkedHashSet<>(without(DEFAULT, dropped));
    result.addAll(added);
    return List.copyOf(result);
  }

  /** Those of {@code requested} that this machine's bounding set has. */
  static List<String> available(List<String> requested, Set<String> bounding) {
    return requested.stream().filter(bounding::contains).toList();
  }

  private static List<String> without(List<String> all, List<String> dropped) {
    return all.stream().filter(name -> !dropped.contains(name)).toList();
  }

  private static List<String> normalized(String field, List<String> names) {
    List<String> result = new ArrayList<>();
    for (String given : names) {
      String name = given.toUpperCase(Locale.ROOT);
      if (!name.equals(EVERY)) {
        name = name.startsWith("CAP_") ? name : "CAP_" + name;
        if (!ALL.contains(name)) {
          throw EngineException.invalid(
              "invalid " + field + ": unknown capability: \"" + name + "\"");
        }
      }
      result.add(name);
    }
    return result;
  }
}
