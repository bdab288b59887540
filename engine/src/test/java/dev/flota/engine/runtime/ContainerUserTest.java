package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerUserTest {
  private static final List<String> PASSWD =
      List.of(
          "root:x:0:0:root:/root:/bin/sh",
          "# comment",
          "broken:x:zero:0::/:",
          "app:x:1000:1001:App:/home/app:/bin/sh",
          "1000:x:2000:2000::/trick:",
          "poor:x:3000:3000");
  private static final List<String> GROUP =
      List.of("root:x:0:", "app:x:1001:", "audio:x:29:app,other", "video:x:44:app", "bad:x:y:app");

  private static ContainerUser resolve(String specification, String... additional) {
    return ContainerUser.resolve(PASSWD, GROUP, specification, List.of(additional));
  }

  @Test
  void isRootUnlessToldOtherwise() {
    assertThat(resolve("")).isEqualTo(new ContainerUser(0, 0, List.of(0), "/root"));
  }

  @Test
  void takesGroupsAndHomeOfANamedUser() {
    assertThat(resolve("app"))
        .isEqualTo(new ContainerUser(1000, 1001, List.of(1001, 29, 44), "/home/app"));
  }

  @Test
  void aNumberIsAlwaysAnId() {
    assertThat(resolve("1000"))
        .isEqualTo(new ContainerUser(1000, 1001, List.of(1001, 29, 44), "/home/app"));
    assertThat(resolve("4321")).isEqualTo(new ContainerUser(4321, 0, List.of(0), "/"));
  }

  @Test
  void anExplicitGroupReplacesTheUsersOwn() {
    assertThat(resolve("app:audio"))
        .isEqualTo(new ContainerUser(1000, 29, List.of(29), "/home/app"));
    assertThat(resolve("app:77").groups()).containsExactly(77);
  }

  @Test
  void addsGroups() {
    assertThat(resolve("app", "video", "500").groups()).containsExactly(1001, 29, 44, 500);
  }

  @Test
  void anEntryWithoutAHomeIsAtTheRoot() {
    assertThat(resolve("poor").home()).isEqualTo("/");
  }

  @Test
  void speaksAsDockerDoes() {
    assertThatThrownBy(() -> resolve("nobody"))
        .isInstanceOf(EngineException.class)
        .hasMessage("unable to find user nobody: no matching entries in passwd file");
    assertThatThrownBy(() -> resolve("broken"))
        .hasMessage("unable to find user broken: no matching entries in passwd file");
    assertThatThrownBy(() -> resolve("app:nope"))
        .hasMessage("unable to find group nope: no matching entries in group file");
    assertThatThrownBy(() -> resolve("app", "nope"))
        .hasMessage("unable to find group nope: no matching entries in group file");
    assertThatThrownBy(() -> resolve("2147483648"))
        .hasMessage("uids and gids must be in range 0-2147483647");
    assertThatThrownBy(() -> resolve("-1"))
        .hasMessage("uids and gids must be in range 0-2147483647");
  }

  @Test
  void needsNoFilesForNumbers(@TempDir Path root) {
    assertThat(ContainerUser.resolve(root, "5:6", List.of()))
        .isEqualTo(new ContainerUser(5, 6, List.of(6), "/"));
  }

  @Test
  void doesNotFollowALinkOutOfTheContainer(@TempDir Path directory) throws IOException {
    Path root = directory.resolve("root");
    Files.createDirectories(root.resolve("etc"));
    Path outside = Files.writeString(directory.resolve("passwd"), "evil:x:0:0::/:\n");
    Files.createSymbolicLink(root.resolve("etc/passwd"), outside);
    assertThatThrownBy(() -> ContainerUser.resolve(root, "evil", List.of()))
        .hasMessage("unable to find user evil: no matching entries in passwd file");
  }

  @Property(tries = 300)
  void noPasswdFileMakesItFailOtherwiseThanInDockersWords(
      @ForAll List<String> passwd, @ForAll List<String> group, @ForAll String user) {
    try {
      ContainerUser resolved = ContainerUser.resolve(passwd, group, user, List.of());
      assertThat(resolved.uid()).isNotNegative();
      assertThat(resolved.gid()).isNotNegative();
    } catch (EngineException refused) {
      assertThat(refused.text()).containsAnyOf("unable to find", "uids and gids must be");
    }
  }
}
