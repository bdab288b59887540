package dev.flota.api.docker.event;

import dev.flota.api.docker.Filters;
import dev.flota.cluster.event.Event;
import java.util.Map;
import java.util.Set;

/** Which events a client wants; the rules of moby's {@code daemon/events/filter.go}. */
record EventFilter(Filters filters) {
  private static final Set<String> WITH_DETAIL =
      Set.of("exec_create", "exec_start", "health_status");

  boolean fits(Event event) {
    return action(event)
        && filters.exact("type", event.type())
        && filters.exact("scope", "local")
        && named("container", event)
        && named("daemon", event)
        && named("network", event)
        && named("node", event)
        && named("plugin", event)
        && named("secret", event)
        && named("service", event)
        && named("config", event)
        && named("volume", event)
        && image(event)
        && filters.labels("label", event.attributes());
  }

  /** {@code exec_create} alone stands for {@code exec_create: any command}. */
  private boolean action(Event event) {
    boolean detailLeftOut = filters.all("event").stream().anyMatch(WITH_DETAIL::contains);
    return detailLeftOut
        ? filters.prefix("event", event.action())
        : filters.exact("event", event.action());
  }

  private boolean named(String kind, Event event) {
    return filters.prefix(kind, event.actorId())
        || filters.prefix(kind, event.attributes().getOrDefault("name", ""));
  }

  private boolean image(Event event) {
    Map<String, String> attributes = event.attributes();
    String name = attributes.getOrDefault(event.type().equals("image") ? "name" : "image", "");
    return filters.exact("image", event.actorId())
        || filters.exact("image", name)
        || filters.exact("image", withoutTag(event.actorId()))
        || filters.exact("image", withoutTag(name));
  }

  private static String withoutTag(String name) {
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
  }
}
