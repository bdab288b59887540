package dev.flota.cluster.membership;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.AddressFromURIString;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import dev.flota.cluster.ledger.raft.Stranger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real actors that listen as a host's do, and strangers at their port. */
class ArteryTlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final ServiceKey<String> EARS = ServiceKey.create(String.class, "ears");

  @TempDir Path directory;
  private TestHosts hosts;
  private ActorTestKit first;
  private TestProbe<String> heard;

  @BeforeEach
  void listen() {
    hosts = new TestHosts(directory);
    first = hosts.start(1);
    heard = first.createTestProbe();
    first.system().receptionist().tell(Receptionist.register(EARS, heard.ref()));
    join(first, 1);
    heard.awaitAssert(
        PATIENCE,
        () -> {
          assertThat(Cluster.get(first.system()).selfMember().status())
              .isEqualTo(MemberStatus.up());
          return null;
        });
  }

  @AfterEach
  void end() {
    TestHosts.end(List.of(first));
  }

  private void join(ActorTestKit kit, int number) {
    HostIdentity door = hosts.identity(number);
    Cluster.get(kit.system())
        .manager()
        .tell(
            Join.create(
                AddressFromURIString.parse(
                    "akka://flota@%s:%d".formatted(door.address(), door.ports().actors()))));
  }

  /** Speaks to whatever ears it hears of. */
  private static Behavior<Receptionist.Listing> speaker() {
    return Behaviors.receiveMessage(
        listing -> {
          listing.getServiceInstances(EARS).forEach(ear -> ear.tell("hello"));
          return Behaviors.same();
        });
  }

  private Stranger stranger() {
    HostIdentity door = hosts.identity(1);
    return new Stranger(door.address(), door.ports().actors());
  }

  @Test
  void aHostOfTheFleetIsHeard() {
    expectASecondHostIsHeard();
  }

  private void expectASecondHostIsHeard() {
    ActorTestKit second = hosts.start(2);
    try {
      join(second, 1);
      second.system().receptionist().tell(Receptionist.subscribe(EARS, second.spawn(speaker())));
      heard.expectMessage(PATIENCE, "hello");
    } finally {
      TestHosts.end(List.of(second));
    }
  }

  @Test
  void aHostOfAnotherFleetDoesNotGetIn() {
    expectDoesNotGetIn(hosts.startForeign(3));
  }

  @Test
  void aHostThatLeftDoesNotGetIn() {
    hosts.remove(3);
    expectDoesNotGetIn(hosts.start(3));
  }

  private void expectDoesNotGetIn(ActorTestKit third) {
    try {
      join(third, 1);
      expectASecondHostIsHeard(); // so the time was enough
      assertThat(Cluster.get(third.system()).selfMember().status())
          .isEqualTo(MemberStatus.removed());
      assertThat(Cluster.get(first.system()).state().getMembers())
          .noneMatch(member -> FleetActors.hostId(member.getRoles()).startsWith("3"));
    } finally {
      TestHosts.end(List.of(third));
    }
  }

  @Test
  void whoSpeaksNoTlsIsNotHeard() throws Exception {
    // "AKKA" and the number of a stream: how a connection of Artery's plain TCP begins.
    assertThat(stranger().isRefusedInPlainText(new byte[] {'A', 'K', 'K', 'A', 1})).isTrue();
    expectASecondHostIsHeard();
  }

  @Test
  void whoShowsNoCertificateIsNotHeard() throws Exception {
    assertThat(stranger().isRefusedWithoutCertificate(hosts.authority())).isTrue();
    expectASecondHostIsHeard();
  }

  @Test
  void whoShowsACertificateOfAnotherAuthorityIsNotHeard() throws Exception {
    assertThat(stranger().isRefusedWithForeignCertificate(hosts.authority())).isTrue();
    expectASecondHostIsHeard();
  }

  /** What the refusals above are worth. */
  @Test
  void whoShowsACertificateOfTheFleetIsNotRefused() throws Exception {
    assertThat(stranger().isRefusedAsHost(hosts.authority())).isFalse();
  }
}
