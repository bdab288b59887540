package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.network.TestHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryTreeTest {
  @TempDir Path directory;

  @Test
  void theSizeCountsEveryFileOnceAndFollowsNoLink() throws IOException {
    Path deep = Files.createDirectories(directory.resolve("top/deep"));
    Path outside = Files.writeString(directory.resolve("outside"), "not counted");
    Path file = Files.writeString(deep.resolve("file"), "12345");
    Files.createLink(directory.resolve("top/again"), file);
    Files.createSymbolicLink(deep.resolve("soft"), outside);
    Files.createSymbolicLink(deep.resolve("up"), directory);
    Files.writeString(directory.resolve("top/other"), "67");

    assertThat(DirectoryTree.size(directory.resolve("top"))).isEqualTo(7);
    assertThat(DirectoryTree.size(directory.resolve("missing"))).isZero();
  }

  @Test
  @Tag("host")
  @EnabledIfEnvironmentVariable(named = "FLOTA_HOST_TESTS", matches = "1")
  void whatSomebodyLeftMountedInItIsNotDeletedWithIt() throws Exception {
    Path top = directory.resolve("top");
    Path mounted = Files.createDirectories(top.resolve("deep/mounted"));
    Path other = Files.createDirectory(directory.resolve("other"));
    boolean kept =
        TestHost.inNew(
            () -> {
              Mounts.mount("none", other.toString(), "tmpfs", 0, null);
              Path file = Files.writeString(other.resolve("file"), "kept");
              Mounts.bind(other, mounted);
              Mounts.mount("none", mounted.toString(), "tmpfs", 0, null);
              Files.writeString(mounted.resolve("above"), "gone");
              DirectoryTree.delete(top);
              return Files.exists(file);
            });
    assertThat(kept).isTrue();
    assertThat(top).doesNotExist();
  }

  @Test
  void isMeasuredWhileItIsDeleted() throws IOException {
    Path top = Files.createDirectory(directory.resolve("top"));
    for (int number = 0; number < 50; number++) {
      Path deep = Files.createDirectories(top.resolve(number + "/deep"));
      for (int file = 0; file < 20; file++) {
        Files.createFile(deep.resolve(String.valueOf(file)));
      }
    }
    CompletableFuture<Void> deletion = CompletableFuture.runAsync(() -> delete(top));
    while (!deletion.isDone()) {
      assertThat(DirectoryTree.size(top)).isZero();
    }
    deletion.join();
    assertThat(top).doesNotExist();
  }

  private static void delete(Path top) {
    try {
      DirectoryTree.delete(top);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
