package dev.flota.engine.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.linux.DirectoryTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever an archive holds, nothing outside the root changes. */
class HostileLayerTest {
  /** In names of entries and links: the absolute path of a directory outside the root. */
  private static final String OUTSIDE = "@";

  record Step(char type, String name, String link, int cut) {}

  @Property(tries = 400)
  void nothingOutsideTheRootChanges(@ForAll("archives") List<Step> steps) throws IOException {
    Assume.that("root".equals(System.getProperty("user.name")));
    Path sandbox = Files.createTempDirectory("flota-hostile");
    try {
      Path outside = Files.createDirectories(sandbox.resolve("outside/a/b"));
      Files.writeString(outside.resolve("c"), "precious");
      Files.createSymbolicLink(sandbox.resolve("outside/l"), Path.of("a/b/c"));
      Path root = Files.createDirectory(sandbox.resolve("root"));
      SortedMap<String, String> before = snapshot(sandbox.resolve("outside"));

      unpack(steps, root, sandbox.resolve("outside").toString());

      assertThat(snapshot(sandbox.resolve("outside"))).isEqualTo(before);
      try (Stream<Path> top = Files.list(sandbox)) {
        assertThat(top).hasSize(2);
      }
      DirectoryTree.delete(root);
      assertThat(root).doesNotExist();
    } finally {
      DirectoryTree.delete(sandbox);
    }
  }

  private static void unpack(List<Step> steps, Path root, String outside) {
    Tar tar = new Tar();
    for (Step step : steps) {
      tar.add(
          new Tar.Entry(step.type, step.name.replace(OUTSIDE, outside))
              .link(step.link.replace(OUTSIDE, outside))
              .owner(12, 34)
              .mode(0751)
              .seconds(77)
              .content(step.type == '0' ? "overwritten" : ""));
    }
    byte[] archive = tar.finish();
    int cut = steps.isEmpty() ? 0 : steps.getLast().cut;
    int length = cut == 0 ? archive.length : Math.max(archive.length - cut, 0);
    try {
      LayerUnpacker.unpack(new ByteArrayInputStream(archive, 0, length), root);
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /** Every file with all that an unpacking could change of it. */
  private static SortedMap<String, String> snapshot(Path top) throws IOException {
    SortedMap<String, String> state = new TreeMap<>();
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.toList()) {
        Object all =
            Files.readAttributes(
                file,
                "unix:mode,uid,gid,nlink,ino,size,lastModifiedTime,ctime",
                LinkOption.NOFOLLOW_LINKS);
        String content =
            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.readString(file) : "";
        state.put(file.toString(), new TreeMap<>((Map<?, ?>) all) + content);
      }
    }
    return state;
  }

  @Provide
  Arbitrary<List<Step>> archives() {
    Arbitrary<String> part = Arbitraries.of("a", "b", "c", "..", ".", "l", "", ".wh.a", OUTSIDE);
    Arbitrary<String> path =
        Combinators.combine(
                Arbitraries.of("", "", "/", "../", OUTSIDE + "/"),
                part.list().ofMinSize(1).ofMaxSize(4))
            .as((start, parts) -> start + String.join("/", parts));
    Arbitrary<String> name =
        Arbitraries.frequencyOf(
            Tuple.of(
                6, Arbitraries.of("a", "b", "l", "a/b", "l/a", "l/b/c", "a/l", "a/l/c", "b/c")),
            Tuple.of(1, Arbitraries.of("a/.wh.b", ".wh.l", "l/.wh..wh..opq")),
            Tuple.of(1, path));
    Arbitrary<String> link =
        Arbitraries.oneOf(
            path,
            Arbitraries.of(
                OUTSIDE,
                OUTSIDE + "/a",
                OUTSIDE + "/a/b/c",
                "../outside",
                "../../outside/a",
                "/",
                "..",
                "a",
                "l",
                "../l"));
    Arbitrary<Character> type =
        Arbitraries.of('0', '0', '1', '1', '2', '2', '2', '5', '5', '6', '3');
    Arbitrary<Integer> cut = Arbitraries.of(0, 0, 0, 0, 1, 512, 1500);
    return Combinators.combine(type, name, link, cut).as(Step::new).list().ofMaxSize(12);
  }
}
