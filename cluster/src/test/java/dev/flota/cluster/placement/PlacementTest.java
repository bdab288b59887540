package dev.flota.cluster.placement;

import static dev.flota.cluster.placement.Hosts.GIB;
import static dev.flota.cluster.placement.Hosts.cluster;
import static dev.flota.cluster.placement.Hosts.cpus;
import static dev.flota.cluster.placement.Hosts.host;
import static dev.flota.cluster.placement.Hosts.memory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.cluster.placement.Decision.NoHostFits;
import dev.flota.cluster.placement.Decision.Placed;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlacementTest {
  private static final Placement SPREAD = new Placement(Strategy.SPREAD);
  private static final Placement BINPACK = new Placement(Strategy.BINPACK);

  private static String where(Decision decision) {
    return switch (decision) {
      case Placed placed -> placed.hostName();
      case NoHostFits none -> none.text();
    };
  }

  private static String spread(ClusterView view, Wish wish) {
    return where(SPREAD.place(view, wish));
  }

  @Test
  void givesTheReasonOfEachHostInTheOrderOfTheirNames() {
    ClusterView view =
        cluster(
            host(10).reserved(3, 8 * GIB, 2),
            host(2).drained(),
            host(1).reserved(3.3, 0, 3),
            host(3).unreachable());
    assertThat(spread(view, Wishes.reserving(new Reservation(2_000_000_000, GIB / 2))))
        .isEqualTo(
            "no host fits: host-1: needs 2 CPUs, 0.7 free; host-2: is drained; host-3: is"
                + " unreachable; host-10: needs 2 CPUs, 1 free, and 512MiB of memory, 0B free");
  }

  @Test
  void aLongListOfReasonsIsCut() {
    Hosts[] hosts =
        IntStream.rangeClosed(1, 12)
            .mapToObj(number -> host(number).drained())
            .toArray(Hosts[]::new);
    assertThat(spread(cluster(hosts), Wishes.plain()))
        .startsWith("no host fits: host-1: is drained; host-2: is drained;")
        .endsWith("host-10: is drained; and 2 more hosts");
    assertThat(SPREAD.place(cluster(hosts), Wishes.plain()))
        .isInstanceOfSatisfying(
            NoHostFits.class, none -> assertThat(none.rejections()).hasSize(12));
  }

  @Test
  void aFleetWithoutHostsSaysSo() {
    assertThat(spread(cluster(), Wishes.plain())).isEqualTo("no host fits: the fleet has no hosts");
  }

  @Test
  void whatReservesNothingFitsWhereAllIsPromised() {
    assertThat(spread(cluster(host(1).reserved(5, 9 * GIB, 2)), Wishes.plain()))
        .isEqualTo("host-1");
  }

  @Test
  void aReservationFillsAHostToTheLast() {
    ClusterView view = cluster(host(1).reserved(2, 4 * GIB, 1));
    assertThat(spread(view, Wishes.reserving(new Reservation(2_000_000_000, 4 * GIB))))
        .isEqualTo("host-1");
    assertThat(spread(view, Wishes.reserving(memory(4 * GIB + 1))))
        .startsWith("no host fits: host-1: needs 4GiB of memory, 4GiB free");
  }

  @ParameterizedTest
  @CsvSource({
    "node==host-2, host-2",
    "node==id-of-host-2, host-2",
    "node.id==id-of-host-2, host-2",
    "node.hostname==host-2, host-2",
    "node!=host-1, host-2",
    "node!=id-of-host-1, host-2",
    "node==*-2, host-2",
    "node==host-?, host-1",
    "node==/[23]/, host-2",
    "node!=/[12]/, host-3",
    "disk==ssd, host-2",
    "disk!=hdd, host-2",
    "node.labels.disk==ssd, host-2",
    "node.labels.disk!=ssd, host-1",
    "engine.labels.rack==a, host-3",
    "rack==a, host-3",
    "node.platform.arch==aarch64, host-3",
    "node.platform.arch==x86_64, host-1",
    "node.platform.os==linux, host-1",
    "storagedriver==overlay*, host-1",
    "kernelversion==/^6\\./, host-1",
    "operatingsystem==Debian*, host-1",
    "disk==~ssd, host-2",
    "disk==~tape, host-1",
    "disk!=~hdd, host-2",
  })
  void constraintsAskForTheHost(String constraint, String expected) {
    ClusterView view =
        cluster(
            host(1).label("disk", "hdd"),
            host(2).label("disk", "ssd"),
            host(3).engineLabel("rack", "a").platform("linux/arm64"));
    assertThat(spread(view, Wishes.with("constraint:" + constraint))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "container==web, host-2",
    "container==feed, host-2",
    "container!=web, host-1",
    "container==w*, host-2",
    "container!=/web|db/, host-1",
    "container==~nobody, host-1",
    "image==nginx, host-2",
    "image==nginx:1.27, host-2",
    "image==bbbbbbbbbbbb, host-2",
    "image!=nginx, host-1",
    "image==docker.io:5000/*, host-3",
    "tier==front, host-2",
    "tier==/front|back/, host-2",
    "tier!=front, host-1",
  })
  void affinitiesAskForWhatTheHostHas(String affinity, String expected) {
    Containers containers =
        Containers.of(
            List.of(
                new ContainerView("feed01", "web", Map.of("tier", "front"), "id-of-host-2"),
                new ContainerView("beef02", "db", Map.of("tier", "back"), "id-of-host-3")));
    ClusterView view =
        cluster(
            containers,
            host(1),
            host(2).image("nginx:1.27").image("sha256:" + "b".repeat(64)),
            host(3).image("docker.io:5000/x"));
    assertThat(spread(view, Wishes.with("affinity:" + affinity))).isEqualTo(expected);
  }

  @Test
  void saysWhichExpressionAHostDoesNotMeet() {
    ClusterView view = cluster(host(1).label("disk", "hdd"), host(2), host(3).label("disk", "ssd"));
    assertThat(spread(view, Wishes.with("constraint:disk==ssd", "affinity:container==web")))
        .isEqualTo(
            "no host fits: host-1: does not meet the constraint disk==ssd (has hdd); host-2: does"
                + " not meet the constraint disk==ssd (has none); host-3: does not meet the affinity"
                + " container==web");
  }

  @Test
  void aHostThatDoesNotExistIsAnError() {
    assertThatThrownBy(
            () -> SPREAD.place(cluster(host(1), host(2)), Wishes.with("constraint:node==host-9")))
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> assertThat(failure.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage(
            "no host is named host-9: the constraint node==host-9 asks for it; there are host-1,"
                + " host-2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"node==~host-9", "node!=host-9"})
  void aHostThatDoesNotExistMayBePreferredOrAvoided(String constraint) {
    assertThat(spread(cluster(host(1)), Wishes.with("constraint:" + constraint)))
        .isEqualTo("host-1");
  }

  @Test
  void volumesPinToTheHostsThatHaveThem() {
    ClusterView view = cluster(host(1), host(2).volume("data"), host(3).volume("logs"));
    assertThat(spread(view, Wishes.json("{}", "{\"Binds\":[\"data:/x\",\"new:/y\"]}")))
        .isEqualTo("host-2");
    assertThat(spread(view, Wishes.json("{}", "{\"Binds\":[\"data:/x\",\"logs:/y\"]}")))
        .isEqualTo(
            "no host fits: host-1: does not have the volume data (it is on host-2); host-2: does not"
                + " have the volume logs (it is on host-3); host-3: does not have the volume data"
                + " (it is on host-2)");
  }

  @Test
  void whatSharesNamespacesOrVolumesGoesWhereTheOtherIs() {
    Containers containers =
        Containers.of(List.of(new ContainerView("feed01", "db", Map.of(), "id-of-host-2")));
    Wish wish = Wishes.json("{}", "{\"NetworkMode\":\"container:db\"}");
    assertThat(spread(cluster(containers, host(1), host(2)), wish)).isEqualTo("host-2");
    assertThat(spread(cluster(containers, host(1), host(2).drained()), wish))
        .isEqualTo(
            "no host fits: host-1: does not have the container db (it is on host-2); host-2: is"
                + " drained");
    assertThatThrownBy(() -> SPREAD.place(cluster(host(1)), wish))
        .hasMessage("No such container: db");
  }

  @Test
  void runtimeAndPlatformMustBeThere() {
    ClusterView view = cluster(host(1), host(2).platform("linux/arm64"));
    assertThat(spread(view, Wishes.on(Platform.parse("linux/arm64")))).isEqualTo("host-2");
    assertThat(spread(view, Wishes.on(Platform.parse("linux/s390x"))))
        .isEqualTo(
            "no host fits: host-1: is linux/amd64, needs linux/s390x; host-2: is linux/arm64, needs"
                + " linux/s390x");
    assertThat(spread(view, Wishes.json("{}", "{\"Runtime\":\"runsc\"}")))
        .isEqualTo(
            "no host fits: host-1: does not have the runtime runsc; host-2: does not have the"
                + " runtime runsc");
  }

  @Test
  void spreadTakesTheHostThatIsLessFullOfWhateverItIsFullestOf() {
    ClusterView view =
        cluster(
            host(1).reserved(0, 6 * GIB, 1), host(2).reserved(2, 2 * GIB, 3), host(3).used(3, 0));
    assertThat(spread(view, Wishes.reserving(cpus(0.5)))).isEqualTo("host-2");
  }

  @Test
  void theImageBreaksATieAndNothingElse() {
    ClusterView equal = cluster(host(1), host(2).image("redis:7.2"), host(3));
    assertThat(spread(equal, Wishes.plain())).isEqualTo("host-2");
    ClusterView unequal = cluster(host(1), host(2).image("redis:7.2").reserved(0, 0, 1), host(3));
    assertThat(spread(unequal, Wishes.plain())).isEqualTo("host-1");
  }

  @Test
  void noiseOfMeasurementIsNoDifference() {
    ClusterView view =
        cluster(host(1).used(0.1, GIB / 8), host(2).used(0.3, GIB / 2).image("redis:7.2"));
    assertThat(spread(view, Wishes.plain())).isEqualTo("host-2");
  }

  @Test
  void ofEqualHostsTheOneWithFewerContainersThenTheFirstName() {
    assertThat(
            spread(
                cluster(host(1).used(2, 0).reserved(0, 0, 2), host(2).used(2, 0).reserved(0, 0, 1)),
                Wishes.plain()))
        .isEqualTo("host-2");
    assertThat(spread(cluster(host(10), host(2), host(3)), Wishes.plain())).isEqualTo("host-2");
  }

  @Test
  void tellsWhyItChose() {
    assertThat(SPREAD.place(cluster(host(1).image("redis:7.2")), Wishes.reserving(cpus(1))))
        .isEqualTo(
            new Placed(
                "id-of-host-1",
                "host-1",
                750,
                "spread: 25 % full with it, has the image, 0 containers before"));
  }

  @Test
  void threeContainersWithoutReservationsGoToThreeHosts() {
    ClusterView view = cluster(host(1).image("redis:7.2"), host(2), host(3));
    List<Wish> wishes = List.of(Wishes.plain(), Wishes.plain(), Wishes.plain());
    assertThat(SPREAD.plan(view, wishes).stream().map(PlacementTest::where))
        .containsExactly("host-1", "host-2", "host-3");
  }

  @Test
  void binpackFillsOneHostAfterTheOther() {
    ClusterView view = cluster(host(1), host(2), host(3).reserved(1, 0, 1));
    List<Wish> wishes = new ArrayList<>();
    for (int count = 0; count < 5; count++) {
      wishes.add(Wishes.reserving(cpus(1)));
    }
    assertThat(BINPACK.plan(view, wishes).stream().map(PlacementTest::where))
        .containsExactly("host-3", "host-3", "host-3", "host-1", "host-1");
  }

  @Test
  void binpackDoesNotHeapWhatReservesNothingOntoOneHost() {
    ClusterView view = cluster(host(1).reserved(0, 0, 40), host(2));
    assertThat(where(BINPACK.place(view, Wishes.plain()))).isEqualTo("host-2");
  }

  @Test
  void aPlanCountsWhatItPromised() {
    ClusterView view = cluster(host(1).capacity(2, GIB), host(2).capacity(2, GIB));
    Wish half = Wishes.reserving(cpus(1.5));
    assertThat(SPREAD.plan(view, List.of(half, half, half)).stream().map(PlacementTest::where))
        .containsExactly(
            "host-1",
            "host-2",
            "no host fits: host-1: needs 1.5 CPUs, 0.5 free; host-2: needs 1.5 CPUs, 0.5 free");
  }

  @Test
  void aPlanKnowsTheContainersAndVolumesItPlaced() {
    ClusterView view = cluster(host(1), host(2), host(3));
    Wish first = Wishes.named("first", cpus(3), Map.of("tier", "front"));
    Wish beside =
        Wishes.named("beside", Reservation.NONE, Map.of("flota.affinity", "container==first"));
    Wish apart = Wishes.named("apart", Reservation.NONE, Map.of("flota.affinity", "tier!=front"));
    Wish maker = Wishes.json("{}", "{\"Binds\":[\"new:/x\"],\"NanoCpus\":1000000000}");
    Wish user = Wishes.json("{}", "{\"Binds\":[\"new:/x\"]}");
    assertThat(
            SPREAD.plan(view, List.of(first, beside, apart, maker, user)).stream()
                .map(PlacementTest::where))
        .containsExactly("host-1", "host-1", "host-2", "host-3", "host-3");
  }

  @Test
  void softWishesAreWeighedByHowManyAreMet() {
    ClusterView view =
        cluster(
            host(1).label("disk", "ssd"),
            host(2).label("disk", "ssd").label("zone", "b").reserved(3, 0, 5),
            host(3));
    assertThat(spread(view, Wishes.with("constraint:disk==~ssd", "constraint:zone==~b")))
        .isEqualTo("host-2");
  }

  @Test
  void strategiesAreReadByName() {
    assertThat(Strategy.parse("Spread")).isEqualTo(Strategy.SPREAD);
    assertThat(Strategy.parse("binpack")).isEqualTo(Strategy.BINPACK);
    assertThatThrownBy(() -> Strategy.parse("random"))
        .hasMessage("unknown placement strategy \"random\": it is spread or binpack");
  }

  @ParameterizedTest
  @CsvSource({
    "host-2, host-10, -1",
    "host-2, host-2, 0",
    "a1b2, a1b10, -1",
    "a, a1, -1",
    "h01, h1, -1",
    "b, a9, 1",
  })
  void namesAreOrderedAsPeopleDo(String left, String right, int order) {
    assertThat(Integer.signum(NaturalOrder.compare(left, right))).isEqualTo(order);
    assertThat(Integer.signum(NaturalOrder.compare(right, left))).isEqualTo(-order);
  }
}
