package dev.flota.cluster.placement;

import dev.flota.cluster.placement.Expression.Kind;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Platform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Which filters a wish needs, cheap ones first. */
final class Filters {
  private static final int HOSTS_IN_TEXT = 10;

  private Filters() {}

  /**
   * What a host must meet.
   *
   * @throws EngineException INVALID when a constraint names a host that does not exist, NOT_FOUND
   *     when a peer does not
   */
  static List<HostFilter> hard(ClusterView view, Wish wish) {
    List<HostFilter> filters = new ArrayList<>();
    filters.add(new Open());
    addExpressions(filters, view, wish, Kind.CONSTRAINT, false);
    for (String peer : wish.peers()) {
      filters.add(WithPeer.of(view, peer));
    }
    addVolumes(filters, view, wish);
    Platform platform = wish.platform();
    if (platform != null) {
      filters.add(new OfPlatform(platform));
    }
    String runtime = wish.runtime();
    if (runtime != null) {
      filters.add(new WithRuntime(runtime));
    }
    addExpressions(filters, view, wish, Kind.AFFINITY, false);
    if (!wish.reservation().equals(Reservation.NONE)) {
      filters.add(new Roomy(wish.reservation()));
    }
    return filters;
  }

  /** What a host had better meet. */
  static List<HostFilter> soft(ClusterView view, Wish wish) {
    List<HostFilter> filters = new ArrayList<>();
    addExpressions(filters, view, wish, Kind.CONSTRAINT, true);
    addExpressions(filters, view, wish, Kind.AFFINITY, true);
    return filters;
  }

  private static void addExpressions(
      List<HostFilter> filters, ClusterView view, Wish wish, Kind kind, boolean soft) {
    for (Expression expression : wish.expressions()) {
      if (expression.kind() == kind && expression.soft() == soft) {
        filters.add(
            kind == Kind.CONSTRAINT ? constraint(view, expression) : affinity(view, expression));
      }
    }
  }

  private static HostFilter constraint(ClusterView view, Expression expression) {
    Constrained filter =
        new Constrained(
            expression, HostProperty.named(expression.key()), HostProperty.pattern(expression));
    boolean namesHost =
        HostProperty.NAMING_A_HOST.contains(expression.key())
            && expression.equal()
            && !expression.soft()
            && expression.isLiteral();
    if (namesHost && !anyAdmitted(view, filter)) {
      throw EngineException.invalid(
          "no host is named "
              + expression.value()
              + ": the constraint "
              + expression
              + " asks for it; there "
              + namesOf(view));
    }
    return filter;
  }

  private static boolean anyAdmitted(ClusterView view, HostFilter filter) {
    for (Room room : view.rooms()) {
      if (filter.admits(room)) {
        return true;
      }
    }
    return false;
  }

  private static String namesOf(ClusterView view) {
    Room[] rooms = view.rooms();
    int more = rooms.length - HOSTS_IN_TEXT;
    return switch (rooms.length) {
      case 0 -> "are none";
      case 1 -> "is " + rooms[0].host().name();
      default ->
          Arrays.stream(rooms)
              .limit(HOSTS_IN_TEXT)
              .map(room -> room.host().name())
              .collect(Collectors.joining(", ", "are ", more <= 0 ? "" : " and " + more + " more"));
    };
  }

  private static HostFilter affinity(ClusterView view, Expression expression) {
    ValuePattern pattern = ValuePattern.parse(expression.value());
    return switch (expression.key()) {
      case "image" -> new WithImage(expression, pattern);
      case "container" ->
          new WithContainer(expression, hostsOfContainers(view.containers(), expression, pattern));
      default ->
          new WithContainer(expression, hostsOfLabel(view.containers(), expression, pattern));
    };
  }

  private static Set<String> hostsOfContainers(
      Containers containers, Expression expression, ValuePattern pattern) {
    if (pattern instanceof ValuePattern.Literal) {
      ContainerView found = containers.find(expression.value());
      return found == null ? Set.of() : Set.of(found.hostId());
    }
    Set<String> hosts = new HashSet<>();
    for (ContainerView container : containers) {
      if (pattern.matches(container.name()) || pattern.matches(container.id())) {
        hosts.add(container.hostId());
      }
    }
    return hosts;
  }

  private static Set<String> hostsOfLabel(
      Containers containers, Expression expression, ValuePattern pattern) {
    Set<String> hosts = new HashSet<>();
    for (ContainerView container : containers) {
      String value = container.labels().get(expression.key());
      if (value != null && pattern.matches(value)) {
        hosts.add(container.hostId());
      }
    }
    return hosts;
  }

  /** A volume that no host has yet is made where the container goes. */
  private static void addVolumes(List<HostFilter> filters, ClusterView view, Wish wish) {
    for (String volume : wish.volumes()) {
      List<String> holders = new ArrayList<>();
      for (Room room : view.rooms()) {
        if (room.volumes().contains(volume)) {
          holders.add(room.host().name());
        }
      }
      if (!holders.isEmpty()) {
        filters.add(new WithVolume(volume, holders));
      }
    }
  }

  private record Open() implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return room.open();
    }

    @Override
    public String reason(Room room) {
      return room.host().reachable() ? "is drained" : "is unreachable";
    }
  }

  private record Constrained(Expression expression, HostProperty property, ValuePattern pattern)
      implements HostFilter {
    @Override
    public boolean admits(Room room) {
      HostView host = room.host();
      String value = property.of(host);
      boolean found = value != null && pattern.matches(value);
      if (!found && expression.key().equals(HostProperty.NODE)) {
        found = pattern.matches(host.id());
      }
      return found == expression.equal();
    }

    @Override
    public String reason(Room room) {
      String value = property.of(room.host());
      return "does not meet the constraint "
          + expression
          + (value == null ? " (has none)" : " (has " + value + ")");
    }
  }

  private record WithPeer(String peer, String hostId, String hostName) implements HostFilter {
    static WithPeer of(ClusterView view, String peer) {
      ContainerView container = view.containers().find(peer);
      if (container == null) {
        throw EngineException.notFound("No such container: " + peer);
      }
      HostView host = view.host(container.hostId());
      return new WithPeer(
          peer, container.hostId(), host == null ? container.hostId() : host.name());
    }

    @Override
    public boolean admits(Room room) {
      return room.host().id().equals(hostId);
    }

    @Override
    public String reason(Room room) {
      return "does not have the container " + peer + " (it is on " + hostName + ")";
    }
  }

  private record WithVolume(String volume, List<String> holders) implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return room.volumes().contains(volume);
    }

    @Override
    public String reason(Room room) {
      return "does not have the volume "
          + volume
          + " (it is on "
          + holders.getFirst()
          + (holders.size() == 1 ? "" : " and " + (holders.size() - 1) + " more")
          + ")";
    }
  }

  private record OfPlatform(Platform wanted) implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return room.host().facts().platform().accepts(wanted);
    }

    @Override
    public String reason(Room room) {
      return "is " + room.host().facts().platform() + ", needs " + wanted;
    }
  }

  private record WithRuntime(String runtime) implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return room.host().runtimes().contains(runtime);
    }

    @Override
    public String reason(Room room) {
      return "does not have the runtime " + runtime;
    }
  }

  private record WithContainer(Expression expression, Set<String> hosts) implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return hosts.contains(room.host().id()) == expression.equal();
    }

    @Override
    public String reason(Room room) {
      return unmetAffinity(expression);
    }
  }

  private record WithImage(Expression expression, ValuePattern pattern) implements HostFilter {
    private static final int SHORT_ID = 12;
    private static final String ALGORITHM = "sha256:";

    @Override
    public boolean admits(Room room) {
      return hasAny(room.host().images()) == expression.equal();
    }

    private boolean hasAny(Set<String> images) {
      for (String image : images) {
        if (pattern.matches(image) || matchesPart(image)) {
          return true;
        }
      }
      return false;
    }

    private boolean matchesPart(String image) {
      if (image.startsWith(ALGORITHM)) {
        String digits = image.substring(ALGORITHM.length());
        return pattern.matches(digits)
            || (digits.length() > SHORT_ID && pattern.matches(digits.substring(0, SHORT_ID)));
      }
      int colon = image.lastIndexOf(':');
      boolean tagged = colon > image.lastIndexOf('/');
      return tagged && pattern.matches(image.substring(0, colon));
    }

    @Override
    public String reason(Room room) {
      return unmetAffinity(expression);
    }
  }

  private static String unmetAffinity(Expression expression) {
    return "does not meet the affinity " + expression;
  }

  private record Roomy(Reservation wanted) implements HostFilter {
    @Override
    public boolean admits(Room room) {
      return room.holds(wanted);
    }

    @Override
    public String reason(Room room) {
      List<String> lacking = new ArrayList<>();
      if (!room.holdsCpus(wanted)) {
        lacking.add(
            Amounts.cpusWanted(wanted.nanoCpus())
                + ", "
                + Amounts.cpus(room.freeNanoCpus())
                + " free");
      }
      if (!room.holdsMemory(wanted)) {
        lacking.add(
            Amounts.bytes(wanted.memory())
                + " of memory, "
                + Amounts.bytes(room.freeMemory())
                + " free");
      }
      return "needs " + String.join(", and ", lacking);
    }
  }
}
