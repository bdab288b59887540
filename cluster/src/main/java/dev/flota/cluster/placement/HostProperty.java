package dev.flota.cluster.placement;

import dev.flota.cluster.placement.Expression.Kind;
import dev.flota.engine.image.Platform;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a constraint's key stands for. */
@FunctionalInterface
interface HostProperty {
  /** Its value; null when the host has none. */
  @Nullable String of(HostView host);

  String NODE = "node";
  Set<String> NAMING_A_HOST = Set.of(NODE, "node.id", "node.hostname", "node.name");
  String NODE_LABEL = "node.labels.";
  String ENGINE_LABEL = "engine.labels.";

  static void check(Expression constraint) {
    String key = constraint.key();
    String lower = key.toLowerCase(Locale.ROOT);
    boolean reserved = lower.startsWith("node.") || lower.startsWith("engine.");
    if (reserved && !isKnown(key)) {
      throw Expression.invalid(
          Kind.CONSTRAINT,
          constraint.text(),
          "no such key as "
              + key
              + "; there are node, node.id, node.hostname, node.labels.NAME, node.platform.os,"
              + " node.platform.arch and engine.labels.NAME");
    }
  }

  private static boolean isKnown(String key) {
    return NAMING_A_HOST.contains(key)
        || key.equals("node.platform.os")
        || key.equals("node.platform.arch")
        || isLabel(key, NODE_LABEL)
        || isLabel(key, ENGINE_LABEL);
  }

  private static boolean isLabel(String key, String prefix) {
    return key.startsWith(prefix) && key.length() > prefix.length();
  }

  /** Of a key that {@link #check} let pass. */
  static HostProperty named(String key) {
    if (key.startsWith(NODE_LABEL)) {
      String label = key.substring(NODE_LABEL.length());
      return host -> host.labels().get(label);
    }
    if (key.startsWith(ENGINE_LABEL)) {
      String label = key.substring(ENGINE_LABEL.length());
      return host -> host.facts().labels().get(label);
    }
    return switch (key) {
      case "node.id" -> HostView::id;
      case NODE, "node.hostname", "node.name" -> HostView::name;
      case "node.platform.os" -> host -> host.facts().platform().os();
      case "node.platform.arch" -> host -> host.facts().platform().architecture();
      case "storagedriver" -> host -> host.facts().storageDriver();
      case "kernelversion" -> host -> host.facts().kernelVersion();
      case "operatingsystem" -> host -> host.facts().operatingSystem();
      default -> host -> labelOf(host, key);
    };
  }

  private static @Nullable String labelOf(HostView host, String label) {
    String own = host.labels().get(label);
    return own == null ? host.facts().labels().get(label) : own;
  }

  /** What to compare with: architectures go by several names. */
  static ValuePattern pattern(Expression constraint) {
    boolean architecture = constraint.key().equals("node.platform.arch") && constraint.isLiteral();
    return ValuePattern.parse(
        architecture
            ? Platform.normal("linux", constraint.value(), null).architecture()
            : constraint.value());
  }
}
