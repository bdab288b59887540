package dev.flota.engine.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.ImageUse;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.Removal;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemovalPlanTest {
  private static final String ID = "sha256:" + "a".repeat(64);
  private static final String DIGEST = "sha256:" + "d".repeat(64);
  private static final List<ImageUse> RUNNING =
      List.of(new ImageUse("0123456789abcdef".repeat(4), true));
  private static final List<ImageUse> STOPPED =
      List.of(new ImageUse("fedcba9876543210".repeat(4), false));

  private static final ImageRecord IMAGE =
      new ImageRecord(ID, null, null, List.of(), 1, null, false);

  private static Catalog catalog(String... names) {
    Catalog catalog = Catalog.EMPTY.withImage(IMAGE);
    for (String name : names) {
      catalog = catalog.withReference(Reference.parse(name).orLatest(), ID, "now");
    }
    return catalog;
  }

  private static RemovalPlan plan(
      Catalog catalog, String wanted, boolean force, List<ImageUse> users) {
    return RemovalPlan.of(catalog, IMAGE, wanted, force, users);
  }

  private static Removal untagged(String name) {
    return new Removal.Untagged(name);
  }

  private static final Removal DELETED = new Removal.Deleted(ID);

  @Test
  void removingOneOfTwoNamesOnlyUntags() {
    RemovalPlan plan = plan(catalog("a:1", "b:2"), "a:1", false, STOPPED);
    assertThat(plan.removals()).containsExactly(untagged("a:1"));
    assertThat(plan.deleted()).isNull();
    assertThat(plan.next().image(ID)).isNotNull();
  }

  @Test
  void removingTheLastNameDeletesAndTakesItsDigestAlong() {
    RemovalPlan plan = plan(catalog("a", "a@" + DIGEST), "a", false, List.of());
    assertThat(plan.removals())
        .containsExactly(untagged("a:latest"), untagged("a@" + DIGEST), DELETED);
    assertThat(plan.next()).isEqualTo(Catalog.EMPTY);
  }

  @Test
  void theDigestStaysWhileItsRepositoryHasAnotherTag() {
    RemovalPlan plan = plan(catalog("a:1", "a:2", "a@" + DIGEST), "a:1", false, List.of());
    assertThat(plan.removals()).containsExactly(untagged("a:1"));
  }

  @Test
  void aUsedImageKeepsItsLastName() {
    assertThatThrownBy(() -> plan(catalog("a", "a@" + DIGEST), "a", false, STOPPED))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT))
        .hasMessage(
            "conflict: unable to remove repository reference \"a\" (must force) - container"
                + " fedcba987654 is using its referenced image aaaaaaaaaaaa");
  }

  @Test
  void forceOnANameUntagsOnlyWhileAContainerRuns() {
    RemovalPlan plan = plan(catalog("a"), "a", true, RUNNING);
    assertThat(plan.removals()).containsExactly(untagged("a:latest"));
    assertThat(plan.next().image(ID)).isNotNull();
  }

  @Test
  void forceKeepsTheLayersOfAStoppedContainersImage() {
    RemovalPlan plan = plan(catalog("a"), "a", true, STOPPED);
    assertThat(plan.removals()).containsExactly(untagged("a:latest"), DELETED);
    assertThat(plan.next().image(ID)).isNull();
    assertThat(plan.next().images()).containsKey(ID);
  }

  @Test
  void anIdCannotBeForcedWhileAContainerRuns() {
    for (boolean force : new boolean[] {false, true}) {
      assertThatThrownBy(() -> plan(catalog("a"), "aaaa", force, RUNNING))
          .hasMessage(
              "conflict: unable to delete aaaaaaaaaaaa (cannot be forced) - image is being used by"
                  + " running container 0123456789ab");
    }
  }

  @Test
  void anIdMustBeForcedWhenAStoppedContainerUsesIt() {
    assertThatThrownBy(() -> plan(catalog("x"), ID, false, STOPPED))
        .hasMessage(
            "conflict: unable to delete aaaaaaaaaaaa (must be forced) - image is being used by"
                + " stopped container fedcba987654");
  }

  @Test
  void anIdMustBeForcedWhenSeveralRepositoriesHaveIt() {
    Catalog catalog = catalog("x:1", "y:1");
    assertThatThrownBy(() -> plan(catalog, "sha256:aaaa", false, List.of()))
        .hasMessage(
            "conflict: unable to delete aaaaaaaaaaaa (must be forced) - image is referenced in"
                + " multiple repositories");
    assertThat(plan(catalog, "sha256:aaaa", true, List.of()).removals())
        .containsExactly(untagged("x:1"), untagged("y:1"), DELETED);
  }

  @Test
  void anImageWithoutNamesGoesByItsId() {
    assertThat(plan(catalog(), "aaa", false, List.of()).removals()).containsExactly(DELETED);
  }
}
