package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainerIndexTest {
  private static final String FIRST = "abc1" + "0".repeat(60);
  private static final String SECOND = "abc2" + "0".repeat(60);

  private final ContainerIndex index = new ContainerIndex();

  @BeforeEach
  void twoContainers() throws Exception {
    for (String[] each : new String[][] {{FIRST, "web"}, {SECOND, "abc1"}}) {
      index.reserveName(each[1], each[0]);
      index.put(Records.record(each[0], each[1]));
    }
  }

  @Test
  void findsByIdNameSlashedNameAndBeginning() {
    assertThat(index.find(FIRST).id()).isEqualTo(FIRST);
    assertThat(index.find("web").id()).isEqualTo(FIRST);
    assertThat(index.find("/web").id()).isEqualTo(FIRST);
    assertThat(index.find("abc2").id()).isEqualTo(SECOND);
  }

  @Test
  void aNameWinsOverTheBeginningOfAnId() {
    assertThat(index.find("abc1").id()).isEqualTo(SECOND);
  }

  @Test
  void anAmbiguousBeginningIsRefused() {
    assertThatThrownBy(() -> index.find("abc"))
        .isInstanceOf(EngineException.class)
        .hasMessage("multiple IDs found with provided prefix: abc");
  }

  @Test
  void anUnknownOneIsNotFound() {
    assertThatThrownBy(() -> index.find("nope"))
        .isInstanceOf(EngineException.class)
        .hasMessage("No such container: nope");
  }

  @Test
  void aNameIsTakenOnceAndFreeAfterwards() throws Exception {
    assertThatThrownBy(() -> index.reserveName("web", "ef".repeat(32)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(
            "The container name \"/web\" is already in use by container \"" + FIRST);
    index.remove(Records.record(FIRST, "web"));
    index.reserveName("web", "ef".repeat(32));
    assertThat(index.isFree("web")).isFalse();
  }

  @Property
  void generatedNamesAreNeverTaken(@ForAll long seed) {
    Set<String> taken = new HashSet<>();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 200; i++) {
      String name = ContainerNames.generate(random, candidate -> !taken.contains(candidate));
      assertThat(taken.add(name)).isTrue();
      assertThat(ContainerNames.check(name)).isEqualTo(name);
    }
    assertThat(ContainerNames.newId(random)).matches("[0-9a-f]{64}");
  }
}
