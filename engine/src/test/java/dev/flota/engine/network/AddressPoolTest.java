package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class AddressPoolTest {
  /** One thing that happens to a pool; {@code offset} chooses the address. */
  private record Step(Kind kind, int offset) {}

  private enum Kind {
    TAKE_ANY,
    TAKE,
    GIVE_BACK
  }

  @Provide
  static Arbitrary<List<Step>> histories() {
    return Arbitraries.of(Kind.class)
        .flatMap(kind -> Arbitraries.integers().between(-2, 20).map(at -> new Step(kind, at)))
        .list()
        .ofMaxSize(120);
  }

  @Property
  void noAddressIsGivenTwiceAndNoneIsLost(
      @ForAll("histories") List<Step> history, @ForAll @IntRange(min = 1, max = 14) int gatewayAt) {
    Subnet subnet = Subnet.parse("10.1.2.16/28");
    Ipv4 gateway = subnet.at(gatewayAt);
    AddressPool pool = new AddressPool(subnet, gateway);
    Set<Ipv4> given = new HashSet<>();
    for (Step step : history) {
      Ipv4 address = subnet.at(step.offset());
      switch (step.kind()) {
        case TAKE_ANY ->
            pool.take()
                .ifPresentOrElse(
                    taken -> assertThat(given.add(taken)).as("%s is new", taken).isTrue(),
                    () -> assertThat(given).hasSize(13));
        case TAKE ->
            assertThat(pool.take(address))
                .isEqualTo(usable(subnet, gateway, address) && given.add(address));
        case GIVE_BACK -> {
          pool.giveBack(address);
          given.remove(address);
        }
      }
      assertThat(pool.free()).isEqualTo(13 - given.size());
      assertThat(given).allMatch(one -> usable(subnet, gateway, one));
    }
    List<Ipv4> rest = new ArrayList<>();
    Optional<Ipv4> next = pool.take();
    while (next.isPresent()) {
      rest.add(next.get());
      next = pool.take();
    }
    assertThat(rest).doesNotHaveDuplicates().noneMatch(given::contains);
    assertThat(rest.size() + given.size()).isEqualTo(13);
  }

  private static boolean usable(Subnet subnet, Ipv4 gateway, Ipv4 address) {
    return subnet.contains(address)
        && !address.equals(subnet.at(0))
        && !address.equals(subnet.broadcast())
        && !address.equals(gateway);
  }

  @Test
  void theLowestFreeAddressComesFirst() {
    AddressPool pool = new AddressPool(Subnet.parse("172.17.0.0/16"), new Ipv4(0xac110001));
    assertThat(pool.take().map(Ipv4::toString)).contains("172.17.0.2");
    assertThat(pool.take().map(Ipv4::toString)).contains("172.17.0.3");
    pool.giveBack(new Ipv4(0xac110002));
    assertThat(pool.take().map(Ipv4::toString)).contains("172.17.0.2");
  }
}
