package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.layer.Tar;
import dev.flota.engine.image.registry.Backoff;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store in a temporary directory and a bad registry that plays Docker Hub's mirror. */
abstract class ImagesTestBase {
  static final int ATTEMPTS = 3;

  /** Long enough that a busy machine never reaches it. */
  private static final int PATIENT_SECONDS = 60;

  @TempDir Path directory;
  BadRegistry registry;
  Images images;
  private final List<Images> opened = new ArrayList<>();
  final List<Progress> heard = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void open() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "unpacking needs root");
    registry = new BadRegistry();
    images = images(List.of(registry.url()));
  }

  @AfterEach
  void close() throws IOException {
    opened.forEach(Images::close);
    registry.close();
  }

  Path state() {
    return directory.resolve("state");
  }

  Images images(List<String> mirrors) {
    return images(state(), mirrors);
  }

  Images images(Path state, List<String> mirrors) {
    return images(state, mirrors, PATIENT_SECONDS);
  }

  /** Gives up a connection that is silent for a second. */
  Images impatientImages() {
    return images(state(), List.of(registry.url()), 1);
  }

  /** With the same registry, of another host that has {@code source} beside it. */
  Images imagesOfAnother(LayerSource source) {
    return images(directory.resolve("other"), List.of(registry.url()), PATIENT_SECONDS, source);
  }

  private Images images(Path state, List<String> mirrors, int idleSeconds) {
    return images(state, mirrors, idleSeconds, LayerSource.NONE);
  }

  private Images images(Path state, List<String> mirrors, int idleSeconds, LayerSource source) {
    EngineSettings settings =
        new EngineSettings(
            state,
            directory,
            "host",
            "crun",
            Map.of(),
            Path.of("conmon"),
            Path.of("init"),
            "flota",
            new EngineSettings.Bridge("flota0", "10.0.0.0/24", "10.0.0.1", 1500),
            new EngineSettings.Registry(
                mirrors, List.of(), directory.resolve("certs.d"), 3, ATTEMPTS, idleSeconds));
    Images made =
        new Images(
            settings, source, new Backoff(ATTEMPTS, Duration.ofMillis(1), Duration.ofMillis(2)));
    opened.add(made);
    return made;
  }

  Image pull(String name) {
    return pull(images, name);
  }

  Image pull(Images from, String name) {
    return from.pull(Reference.parse(name), Platform.parse("linux/amd64"), null, heard::add);
  }

  /** A layer with one file. */
  static byte[] tar(String name, String content) {
    return Tar.of(Tar.file(name, content));
  }

  /** A layer that does not get smaller by compression. */
  static byte[] noise(String name, int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return Tar.of(new Tar.Entry('0', name).content(content));
  }

  List<String> statuses() {
    return heard.stream()
        .map(
            each ->
                switch (each) {
                  case Progress.Message message -> message.status();
                  case Progress.LayerStatus status -> status.status();
                  case Progress.LayerBytes bytes -> bytes.status();
                  case Progress.Stream stream -> stream.text();
                })
        .distinct()
        .toList();
  }

  void assertNothingIsLeft() throws IOException {
    assertThat(files(state())).allMatch(each -> each.endsWith("catalog.json"));
    assertThat(list(state().resolve("layers/sha256"))).isEmpty();
    assertThat(list(state().resolve("layers/tmp"))).isEmpty();
  }

  void assertNoDrafts() throws IOException {
    assertThat(list(state().resolve("layers/tmp"))).isEmpty();
    assertThat(list(state().resolve("images/tmp"))).isEmpty();
  }

  static List<Path> list(Path path) throws IOException {
    try (Stream<Path> children = Files.list(path)) {
      return children.toList();
    }
  }

  private static List<String> files(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(Files::isRegularFile).map(Path::toString).toList();
    }
  }
}
