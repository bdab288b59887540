package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DetoursTest {
  private static final String NONE =
      """
      add table ip flota_detours
      delete table ip flota_detours
      """;

  private final List<String> scripts = new ArrayList<>();
  private boolean lacking;
  private final Detours detours =
      new Detours(
          new Firewall() {
            @Override
            public void apply(String script) {
              if (lacking && script.contains("dup to")) {
                throw EngineException.system("no such module");
              }
              scripts.add(script);
            }

            @Override
            public void close() {
              scripts.clear();
            }
          });

  private static Detour detour(int port) {
    Ipv4 container = Ipv4.parse("10.9.0.3").orElseThrow();
    Ipv4 world = Ipv4.parse("192.0.2.7").orElseThrow();
    return new Detour(
        new Flow(Protocol.TCP, container, port, world, 443),
        Ipv4.parse("10.9.255.1").orElseThrow());
  }

  private static String element(int port) {
    return "10.9.0.3 . tcp . %d . 192.0.2.7 . 443 : 10.9.255.1".formatted(port);
  }

  @Test
  void holdsThoseOfAllContainers() {
    detours.put("one", List.of(detour(50_001)));
    detours.put("two", List.of(detour(50_002)));

    assertThat(scripts).hasSize(2);
    assertThat(scripts.getLast()).startsWith(NONE).contains(element(50_001), element(50_002));
    assertThat(detours.of("two")).containsExactly(detour(50_002));
  }

  @Test
  void thoseOfAContainerThatIsGoneAreGone() {
    detours.put("one", List.of(detour(50_001)));
    detours.put("two", List.of(detour(50_002)));
    detours.put("two", List.of());
    assertThat(scripts.getLast()).contains(element(50_001)).doesNotContain(element(50_002));

    detours.put("one", List.of());
    assertThat(scripts.getLast()).isEqualTo(NONE);
  }

  @Test
  void aKernelThatCannotSaysSo() {
    assertThat(detours.possible()).isTrue();
    assertThat(scripts).singleElement().asString().endsWith("delete table ip flota_trial\n");
    lacking = true;
    assertThat(detours.possible()).isFalse();
  }

  @Test
  void nothingIsDoneWhereNothingChanges() {
    detours.put("one", List.of());
    assertThat(scripts).isEmpty();

    detours.put("one", List.of(detour(50_001)));
    detours.put("one", List.of(detour(50_001)));
    assertThat(scripts).hasSize(1);
  }

  @Test
  void aNewDaemonPutsAllInPlaceAtOnce() {
    detours.restore(
        Map.of("one", List.of(detour(50_001)), "two", List.of(detour(50_002)), "three", List.of()));

    assertThat(scripts).hasSize(1);
    assertThat(scripts.getFirst()).contains(element(50_001), element(50_002));
    assertThat(detours.of("three")).isEmpty();
  }
}
