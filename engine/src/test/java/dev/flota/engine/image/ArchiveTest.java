package dev.flota.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.layer.Tar;
import dev.flota.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest extends ImagesTestBase {
  private final TestImage made =
      new TestImage().layer(tar("a", "one")).layer(tar("b", "two")).layer(tar("a", "one"));

  private byte[] saved(Images from, String... names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    from.save(List.of(names), out);
    return out.toByteArray();
  }

  private Images empty(String name) {
    return images(directory.resolve(name), List.of());
  }

  private List<String> load(Images into, byte[] archive) {
    return into.load(new ByteArrayInputStream(archive), heard::add);
  }

  private static Map<String, byte[]> entries(byte[] archive) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      TarArchiveEntry entry = tar.getNextEntry();
      while (entry != null) {
        entries.put(entry.getName(), tar.readAllBytes());
        entry = tar.getNextEntry();
      }
    }
    return entries;
  }

  private void pullMade() {
    registry.push("library/app", "1", made);
    pull("app:1");
    images.tag("app:1", Reference.parse("app:2"));
  }

  @Test
  void savesADockerArchiveThatIsAnOciLayout() throws IOException {
    pullMade();
    Map<String, byte[]> entries = entries(saved(images, "app"));
    assertThat(entries).containsKeys("manifest.json", "index.json", "oci-layout", "repositories");
    JsonNode table = Json.PLAIN.readTree(entries.get("manifest.json"));
    assertThat(table.findValuesAsText("Config"))
        .containsExactly("blobs/sha256/" + made.id().substring(7));
    assertThat(table.get(0).get("RepoTags")).hasToString("[\"app:1\",\"app:2\"]");
    assertThat(table.get(0).get("Layers")).hasSize(3);
    JsonNode index = Json.PLAIN.readTree(entries.get("index.json"));
    assertThat(index.get("manifests")).hasSize(2);
    assertThat(index.get("manifests").get(1).get("annotations").get("io.containerd.image.name"))
        .hasToString("\"docker.io/library/app:2\"");
    entries.forEach(
        (name, content) -> {
          if (name.startsWith("blobs/sha256/") && !name.endsWith("/")) {
            assertThat("sha256:" + name.substring(13)).isEqualTo(TestImage.digest(content));
          }
        });
    assertThat(Json.PLAIN.readTree(entries.get("repositories")).get("app").has("2")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gz", "zstd", "xz", "bzip2"})
  void loadsWhatItSaved(String compression) throws IOException, CompressorException {
    pullMade();
    byte[] archive = saved(images, "app:1", made.id());
    Images other = empty("other");
    assertThat(load(other, compressed(archive, compression))).containsExactly("app:1");
    Image image = other.find("app:1");
    assertThat(image.id()).isEqualTo(made.id());
    assertThat(image.repoDigests()).isEmpty();
    assertThat(other.manifestDigest(image.id())).isNull();
    assertThat(other.layers(image.id()).get(1).resolve("b")).hasContent("two");
    assertThat(statuses()).contains("Loading layer", "Loaded image: app:1\n");
    assertThat(saved(other, "app:1")).isEqualTo(saved(images, "app:1"));
  }

  private static byte[] compressed(byte[] archive, String kind)
      throws IOException, CompressorException {
    if (kind.isEmpty()) {
      return archive;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        new CompressorStreamFactory().createCompressorOutputStream(kind, bytes)) {
      out.write(archive);
    }
    return bytes.toByteArray();
  }

  @Test
  void loadsAnImageWithoutName() {
    pullMade();
    Images other = empty("other");
    assertThat(load(other, saved(images, made.id()))).containsExactly(made.id());
    assertThat(statuses()).contains("Loaded image ID: " + made.id() + "\n");
    assertThat(other.list()).singleElement().matches(each -> each.tags().isEmpty());
  }

  @Test
  void tellsWhenANameMoves() {
    pullMade();
    byte[] archive = saved(images, "app:1");
    registry.push("library/x", "1", new TestImage().layer(tar("x", "x")));
    Images pulling = images(directory.resolve("other"), List.of(registry.url()));
    Image before = pull(pulling, "x:1");
    pulling.tag("x:1", Reference.parse("app:1"));
    Images other = empty("other");
    load(other, archive);
    assertThat(statuses())
        .contains(
            "The image app:1 already exists, renaming the old one with ID "
                + before.id()
                + " to empty string\n");
    assertThat(other.find("app:1").id()).isEqualTo(made.id());
  }

  @Test
  void loadsOldArchivesWithLinkedLayers() {
    byte[] layer = tar("a", "same");
    TestImage image = new TestImage().layer(layer).layer(layer);
    byte[] archive =
        Tar.of(
            Tar.directory("one/"),
            new Tar.Entry('0', "one/layer.tar").content(layer),
            Tar.directory("two/"),
            Tar.symbolicLink("two/layer.tar", "../one/layer.tar"),
            new Tar.Entry('0', "config.json").content(image.config()),
            Tar.file(
                "manifest.json",
                "[{\"Config\":\"config.json\",\"RepoTags\":[\"old:1\"],"
                    + "\"Layers\":[\"one/layer.tar\",\"two/layer.tar\"]}]"));
    assertThat(load(images, archive)).containsExactly("old:1");
    assertThat(images.layers(image.id()).get(1).resolve("a")).hasContent("same");
  }

  @Test
  void loadsAnOciLayoutOfAnotherTool() {
    byte[] manifest = made.manifest();
    List<Tar.Entry> entries = new ArrayList<>();
    made.blobs()
        .forEach(
            (digest, blob) ->
                entries.add(
                    new Tar.Entry('0', "./blobs/sha256/" + digest.substring(7)).content(blob)));
    entries.add(
        new Tar.Entry('0', "blobs/sha256/" + TestImage.digest(manifest).substring(7))
            .content(manifest));
    entries.add(Tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"));
    entries.add(
        Tar.file(
            "index.json",
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
                + "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\""
                + TestImage.digest(manifest)
                + "\",\"size\":"
                + manifest.length
                + ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"ghcr.io/a/b:3\"}}]}"));
    assertThat(load(images, Tar.of(entries.toArray(Tar.Entry[]::new))))
        .containsExactly("ghcr.io/a/b:3");
    assertThat(images.find("ghcr.io/a/b:3").id()).isEqualTo(made.id());
  }

  @Test
  void refusesArchivesThatAreNone() throws IOException {
    assertFails(Tar.of(Tar.file("a", "b")), "invalid archive: does not contain a manifest.json");
    assertFails(
        Tar.of(Tar.file("manifest.json", "[{\"Config\":\"c\",\"Layers\":[]}]")),
        "invalid archive: c is missing");
    assertThatThrownBy(() -> load(images, Tar.of(Tar.file("manifest.json", "{"))))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("invalid archive: ");
    assertThatThrownBy(() -> load(images, "no archive at all".repeat(100).getBytes(UTF_8)))
        .isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[null]",
        "[{}]",
        "{}",
        "7",
        "[{\"Config\":\"manifest.json\",\"Layers\":[]}]",
        "[{\"Config\":\"manifest.json\",\"RepoTags\":[null],\"Layers\":[null]}]"
      })
  void refusesTablesThatMakeNoSense(String table) throws IOException {
    assertThatThrownBy(() -> load(images, Tar.of(Tar.file("manifest.json", table))))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> load(images, Tar.of(Tar.file("index.json", table))))
        .isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @Test
  void refusesALayerThatIsNotTheConfigurations() throws IOException {
    TestImage image = new TestImage().layer(tar("a", "promised"));
    byte[] archive =
        Tar.of(
            new Tar.Entry('0', "l").content(tar("a", "given")),
            new Tar.Entry('0', "c").content(image.config()),
            Tar.file("manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]"));
    assertThatThrownBy(() -> load(images, archive))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("invalid diffID for layer 0: expected \"sha256:");
    assertNothingIsLeft();
  }

  @Test
  void anArchiveThatBreaksOffLeavesNothing() throws IOException {
    byte[] archive =
        Tar.of(Tar.file("manifest.json", "[]"), new Tar.Entry('0', "l").content(tar("a", "one")));
    byte[] half = Arrays.copyOf(archive, 1800);
    assertThatThrownBy(() -> load(images, half)).isInstanceOf(EngineException.class);
    assertNoDrafts();
    InputStream leaving =
        new SequenceInputStream(new ByteArrayInputStream(half), new LeavingClient());
    assertThatThrownBy(() -> images.load(leaving, heard::add)).hasMessageContaining("gone");
    assertNoDrafts();
    assertThatThrownBy(() -> load(images, "no archive at all".repeat(100).getBytes(UTF_8)))
        .isInstanceOf(EngineException.class);
    assertNoDrafts();
  }

  /** What the rest of an upload looks like when the client is gone. */
  private static final class LeavingClient extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("the client is gone");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return read();
    }
  }

  @Test
  void refusesToSaveWhatIsNotHere() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(() -> images.save(List.of("none"), out))
        .hasMessage("No such image: none:latest");
    assertThat(out.size()).isZero();
  }

  private void assertFails(byte[] archive, String text) {
    assertThatThrownBy(() -> load(images, archive))
        .isInstanceOf(EngineException.class)
        .hasMessage(text);
  }
}
