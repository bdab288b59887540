package dev.flota.api.docker.container;

import dev.flota.api.docker.Filters;
import dev.flota.api.docker.GoNumbers;
import dev.flota.api.docker.Query;
import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.spec.RunState.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which containers {@code GET /containers/json} shows; the rules of moby's {@code daemon/list.go}.
 */
final class ContainerFilter {
  private static final Set<String> NAMES =
      Set.of(
          "ancestor",
          "before",
          "exited",
          "expose",
          "health",
          "id",
          "is-task",
          "isolation",
          "label",
          "name",
          "network",
          "node",
          "publish",
          "since",
          "status",
          "volume");
  private static final Set<String> STATES =
      Arrays.stream(Status.values()).map(Status::dockerName).collect(Collectors.toSet());
  private static final Set<String> HEALTHS = Set.of("none", "starting", "healthy", "unhealthy");

  private final Filters filters;
  private final boolean all;
  private final int limit;
  private final Set<Integer> exitCodes = new HashSet<>();
  private final Set<String> published;
  private final Set<String> exposed;

  private ContainerFilter(Filters filters, boolean all, int limit) {
    this.filters = filters;
    this.all = all;
    this.limit = limit;
    for (String code : filters.all("exited")) {
      exitCodes.add(GoNumbers.parseInt(code));
    }
    published = ports("publish");
    exposed = ports("expose");
  }

  /**
   * What the query asks for.
   *
   * @throws EngineException INVALID for a filter or value that does not exist
   */
  static ContainerFilter of(Query query) {
    Filters filters = query.filters().allowing(NAMES);
    check(filters, "status", STATES);
    check(filters, "health", HEALTHS);
    Integer limit = query.number("limit");
    boolean all = query.flag("all") || filters.has("status");
    return new ContainerFilter(filters, all, limit == null ? 0 : limit);
  }

  private static void check(Filters filters, String name, Set<String> known) {
    for (String value : filters.all(name)) {
      if (!known.contains(value)) {
        throw EngineException.invalid("invalid filter '%s=%s'".formatted(name, value));
      }
    }
  }

  /**
   * Those of {@code containers} that are asked for.
   *
   * @param containers the newest first
   * @param find looks a container up for {@code before} and {@code since}
   * @param sites where a container of that id is
   */
  List<ContainerRecord> apply(
      List<ContainerRecord> containers,
      ImageNames images,
      UnaryOperator<String> find,
      Function<String, @Nullable Site> sites) {
    Set<String> ancestors =
        filters.all("ancestor").stream()
            .flatMap(name -> images.idOf(name).stream())
            .collect(Collectors.toSet());
    List<ContainerRecord> shown = new ArrayList<>();
    for (ContainerRecord container : between(containers, find)) {
      if (limit > 0 && shown.size() == limit) {
        break;
      }
      if (fits(container, ancestors) && isOn(container, sites)) {
        shown.add(container);
      }
    }
    return shown;
  }

  private List<ContainerRecord> between(
      List<ContainerRecord> containers, UnaryOperator<String> find) {
    String before = only("before", find);
    String since = only("since", find);
    Stream<ContainerRecord> some = containers.stream();
    if (before != null) {
      some = some.dropWhile(container -> !container.id().equals(before)).skip(1);
    }
    return since == null
        ? some.toList()
        : some.takeWhile(container -> !container.id().equals(since)).toList();
  }

  private @Nullable String only(String name, UnaryOperator<String> find) {
    return filters.all(name).stream().map(find).reduce((first, second) -> second).orElse(null);
  }

  private boolean fits(ContainerRecord container, Set<String> ancestors) {
    RunState state = container.state();
    return (all || limit > 0 || state.status().alive() || state.status() == Status.RESTARTING)
        && hasName(container)
        && filters.pattern("id", container.id())
        && filters.labels("label", orEmpty(container.config().labels()))
        && filters.pattern("status", state.status().dockerName())
        && filters.exact("health", "none")
        && !filters.flag("is-task", false)
        && (!filters.has("ancestor") || ancestors.contains(container.imageId()))
        && (exitCodes.isEmpty() || ended(state))
        && filters.any("volume", volume -> hasVolume(container, volume))
        && filters.any("network", network -> hasNetwork(container, network))
        && (published.isEmpty() || overlaps(published, publishedPorts(container)))
        && (exposed.isEmpty() || overlaps(exposed, exposedPorts(container.config())));
  }

  private boolean isOn(ContainerRecord container, Function<String, @Nullable Site> sites) {
    if (!filters.has("node")) {
      return true;
    }
    Site site = sites.apply(container.id());
    return site != null && filters.any("node", site::isMeantBy);
  }

  private boolean hasName(ContainerRecord container) {
    return filters.pattern("name", container.name())
        || filters.pattern("name", "/" + container.name());
  }

  private boolean ended(RunState state) {
    return state.status() == Status.EXITED
        && state.startedAt() != null
        && exitCodes.contains(state.exitCode());
  }

  private static boolean hasVolume(ContainerRecord container, String volume) {
    return container.mounts().stream()
        .anyMatch(
            mount ->
                Objects.equals(mount.name(), volume)
                    || mount.destination().equals(volume)
                    || mount.source().equals(volume));
  }

  private static boolean hasNetwork(ContainerRecord container, String network) {
    return container.endpoints().stream()
        .anyMatch(
            endpoint ->
                endpoint.network().equals(network) || endpoint.networkId().startsWith(network));
  }

  /** Ports of the container and, while they are in force, those of the host. */
  private static Collection<String> publishedPorts(ContainerRecord container) {
    Map<String, ?> bindings = container.hostConfig().portBindings();
    Set<String> ports =
        new HashSet<>(bindings == null ? Set.of() : withProtocol(bindings.keySet()));
    for (EndpointRecord endpoint : container.endpoints()) {
      endpoint
          .published()
          .forEach(
              (port, places) ->
                  places.forEach(
                      place -> ports.add(place.hostPort() + port.substring(port.indexOf('/')))));
    }
    return ports;
  }

  private static Collection<String> exposedPorts(ContainerConfig config) {
    return config.exposedPorts() == null ? Set.of() : withProtocol(config.exposedPorts().keySet());
  }

  private static Set<String> withProtocol(Set<String> ports) {
    return ports.stream().map(Ports::withProtocol).collect(Collectors.toSet());
  }

  private static boolean overlaps(Set<String> wanted, Collection<String> there) {
    return there.stream().anyMatch(wanted::contains);
  }

  /** "80", "80/udp" and "8000-8010/tcp" as single ports with protocol. */
  private Set<String> ports(String name) {
    return filters.all(name).stream()
        .flatMap(value -> ports(name, value))
        .collect(Collectors.toSet());
  }

  private Stream<String> ports(String name, String value) {
    String[] parts = value.split("/", 2);
    String[] range = parts[0].split("-", 2);
    String protocol = parts.length > 1 ? parts[1] : "tcp";
    try {
      int first = Integer.parseInt(range[0]);
      int last = range.length > 1 ? Integer.parseInt(range[1]) : first;
      if (first < 0 || last > 65535 || first > last) {
        throw filters.invalidValue(name);
      }
      return IntStream.rangeClosed(first, last).mapToObj(port -> port + "/" + protocol);
    } catch (NumberFormatException e) {
      throw filters.invalidValue(name);
    }
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> labels) {
    return labels == null ? Map.of() : labels;
  }
}
