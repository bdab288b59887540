package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;
import org.pcollections.TreePMap;

/**
 * The members and their leases.
 *
 * @param leases by host id; a host that left and still owns containers keeps its own, standing
 *     still
 * @param gone ids of those that left or were removed: their certificates are valid for longer
 */
public record HostBook(
    TreePMap<String, HostEntry> entries, TreePMap<String, Lease> leases, PSet<String> gone) {
  static final HostBook EMPTY =
      new HostBook(TreePMap.empty(), TreePMap.empty(), HashTreePSet.empty());

  /** All, by id. */
  public Collection<HostEntry> all() {
    return entries.values();
  }

  /** By its full id. */
  public Optional<HostEntry> byId(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /** By its name. */
  public Optional<HostEntry> byName(String name) {
    return all().stream().filter(host -> host.name().equals(name)).findFirst();
  }

  /** The lease of a host; {@link Lease#NEW} of one that never was here. */
  public Lease lease(String hostId) {
    return leases.getOrDefault(hostId, Lease.NEW);
  }

  /** The name of a host, or the beginning of its id when it left. */
  String nameOf(String hostId) {
    return byId(hostId).map(HostEntry::name).orElseGet(() -> shortId(hostId));
  }

  HostEntry require(String id) {
    return byId(id).orElseThrow(() -> EngineException.notFound("No such host: " + shortId(id)));
  }

  HostBook add(HostEntry host) {
    HostEntry same = entries.get(host.id());
    if (host.equals(same)) {
      return this;
    }
    if (same != null) {
      throw EngineException.conflict(
          "the host id %s is %s's already: a host that joins takes a new one"
              .formatted(shortId(host.id()), same.name()));
    }
    refuseTaken(host);
    return new HostBook(
        entries.plus(host.id(), host),
        leases.plus(host.id(), lease(host.id())),
        gone.minus(host.id()));
  }

  HostBook change(Change.ChangeHost change) {
    HostEntry host =
        require(change.hostId()).with(change.address(), change.availability(), change.labels());
    refuseTaken(host);
    return new HostBook(entries.plus(host.id(), host), leases, gone);
  }

  private void refuseTaken(HostEntry host) {
    for (HostEntry other : all()) {
      if (other.id().equals(host.id())) {
        continue;
      }
      if (other.name().equals(host.name())) {
        throw EngineException.conflict(
            "the name %s is host %s's already: set another host-name in flota.conf, or remove that host by 'flota hosts rm'"
                .formatted(host.name(), shortId(other.id())));
      }
      if (other.address().equals(host.address())) {
        throw EngineException.conflict(
            "the address %s is %s's already: give another by --address, or remove that host by 'flota hosts rm'"
                .formatted(host.address(), other.name()));
      }
    }
  }

  HostBook remove(String id, boolean keepLease) {
    require(id);
    return new HostBook(entries.minus(id), keepLease ? leases : leases.minus(id), gone.plus(id));
  }

  HostBook renew(String id, long incarnation, long millis) {
    HostEntry host = require(id);
    Lease lease = lease(id);
    if (incarnation < lease.incarnation()) {
      throw EngineException.conflict(
          "the lease of %s is renewed by a daemon that started later".formatted(host.name()));
    }
    return new HostBook(
        entries, leases.plus(id, new Lease(incarnation, lease.renewal() + 1, millis)), gone);
  }

  static String shortId(@Nullable String id) {
    return id == null ? "" : id.substring(0, Math.min(12, id.length()));
  }
}
