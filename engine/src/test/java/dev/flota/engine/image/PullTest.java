package dev.flota.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.layer.Tar;
import dev.flota.engine.image.manifest.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PullTest extends ImagesTestBase {
  private static final String APP = "library/app";

  private static void assertFails(ThrowingCallable call, ErrorKind kind, String text) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.text()).isEqualTo(text);
              assertThat(e.kind()).isEqualTo(kind);
            });
  }

  @Test
  void bringsAnImageAndTellsItAsDockerDoes() throws IOException {
    TestImage made = new TestImage().layer(tar("a", "one")).layer(tar("b", "three"));
    registry.push(APP, "latest", made);
    Image image = pull("app");
    assertThat(image.id()).isEqualTo(made.id());
    assertThat(image.tags()).containsExactly("app:latest");
    String digest = TestImage.digest(made.manifest());
    assertThat(image.repoDigests()).containsExactly("app@" + digest);
    assertThat(images.manifestDigest(image.id())).isEqualTo(digest);
    assertThat(image.size()).isEqualTo(8);
    assertThat(image.lastTagged()).isNotNull();
    List<Path> layers = images.layers(image.id());
    assertThat(layers.get(0).resolve("a")).hasContent("one");
    assertThat(layers.get(1).resolve("b")).hasContent("three");
    assertThat(statuses())
        .containsSubsequence(
            "Pulling from library/app",
            "Pulling fs layer",
            "Download complete",
            "Pull complete",
            "Digest: " + digest,
            "Status: Downloaded newer image for app:latest");
    assertThat(statuses()).contains("Downloading", "Verifying Checksum", "Extracting");
    assertThat(heard.getFirst())
        .isEqualTo(new Progress.Message("latest", "Pulling from library/app"));
    assertNoDrafts();
  }

  @Test
  void asksOnlyForTheDigestWhenTheImageIsHere() {
    registry.push(APP, "1", new TestImage().layer(tar("a", "one")));
    pull("app:1");
    registry.requests.clear();
    heard.clear();
    pull("app:1");
    assertThat(registry.requests()).singleElement().asString().startsWith("HEAD ");
    assertThat(statuses()).contains("Status: Image is up to date for app:1");
  }

  @Test
  void movesATagAndKeepsTheOldImageByItsDigest() {
    TestImage before = new TestImage().layer(tar("a", "one"));
    TestImage after = new TestImage().layer(tar("a", "one")).layer(tar("b", "two"));
    registry.push(APP, "latest", before);
    pull("app");
    registry.push(APP, "latest", after);
    heard.clear();
    pull("app");
    assertThat(statuses())
        .contains("Already exists", "Status: Downloaded newer image for app:latest");
    assertThat(images.find("app").id()).isEqualTo(after.id());
    assertThat(images.find(before.id()).tags()).isEmpty();
    assertThat(registry.count("GET /v2/library/app/blobs/" + before.layerDigest(0))).isEqualTo(1);
  }

  @Test
  void findsByNameDigestIdAndBeginning() {
    TestImage made = new TestImage().layer(tar("a", "one"));
    registry.push(APP, "latest", made);
    pull("app");
    String hex = made.id().substring("sha256:".length());
    for (String name :
        List.of(
            "app",
            "docker.io/library/app:latest",
            "app@" + TestImage.digest(made.manifest()),
            "app:ignored@" + TestImage.digest(made.manifest()),
            made.id(),
            hex,
            hex.substring(0, 12),
            "sha256:" + hex.substring(0, 5))) {
      assertThat(images.find(name).id()).as(name).isEqualTo(made.id());
    }
    assertFails(() -> images.find("alpine"), ErrorKind.NOT_FOUND, "No such image: alpine:latest");
    String other = "sha256:" + "0".repeat(64);
    assertFails(() -> images.find(other), ErrorKind.NOT_FOUND, "No such image: " + other);
    assertFails(() -> images.find("a b"), ErrorKind.INVALID, "invalid reference format");
  }

  @Test
  void choosesThePlatformOfAnIndex() {
    TestImage amd64 = new TestImage().layer(tar("a", "amd"));
    TestImage arm64 = new TestImage().architecture("arm64").layer(tar("a", "arm"));
    byte[] index = TestImage.index(Map.of("linux/amd64", amd64, "linux/arm64", arm64));
    registry.push(APP, "a", amd64).push(APP, "b", arm64);
    registry.manifest(APP, "latest", index, MediaType.OCI_INDEX);
    Image image = pull("app");
    assertThat(image.id()).isEqualTo(amd64.id());
    assertThat(image.repoDigests()).containsExactly("app@" + TestImage.digest(index));
    assertThat(images.manifestDigest(image.id())).isEqualTo(TestImage.digest(amd64.manifest()));
    Platform other = Platform.parse("linux/arm64");
    Image second = images.pull(Reference.parse("app"), other, null, heard::add);
    assertThat(second.id()).isEqualTo(arm64.id());
    assertFails(
        () -> images.pull(Reference.parse("app"), Platform.parse("linux/s390x"), null, heard::add),
        ErrorKind.NOT_FOUND,
        "no matching manifest for linux/s390x in the manifest list entries");
  }

  @Test
  void readsAllKindsOfCompression() throws IOException {
    byte[] one = tar("a", "zstd");
    byte[] two = tar("b", "plain");
    byte[] three = Tar.of(Tar.file("c", "gzip in "), Tar.file("d", "two members"));
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.writeBytes(TestImage.gzip(Arrays.copyOf(three, 700)));
    members.writeBytes(TestImage.gzip(Arrays.copyOfRange(three, 700, three.length)));
    registry.push(
        APP,
        "latest",
        new TestImage()
            .layer(one, TestImage.zstd(one))
            .layer(two, two)
            .layer(three, members.toByteArray()));
    List<Path> layers = images.layers(pull("app").id());
    assertThat(layers.get(0).resolve("a")).hasContent("zstd");
    assertThat(layers.get(1).resolve("b")).hasContent("plain");
    assertThat(layers.get(2).resolve("d")).hasContent("two members");
  }

  @Test
  void sameContentTwiceIsTwoLayers() {
    byte[] same = tar("a", "same");
    registry.push(APP, "latest", new TestImage().layer(same).layer(same));
    assertThat(images.layers(pull("app").id())).doesNotHaveDuplicates().hasSize(2);
  }

  @Test
  void goesOnWhereABrokenConnectionEnded() {
    TestImage made = new TestImage().layer(noise("a", 300_000));
    String layer = made.layerDigest(0);
    registry.push(APP, "latest", made);
    registry.fault(layer, BadRegistry.dropAfter(100_000));
    registry.fault(layer, BadRegistry.status(503, "busy"));
    pull("app");
    assertThat(registry.requests()).anyMatch(each -> each.endsWith(layer + " bytes=100000-"));
    assertThat(statuses()).contains("Retrying in 1 second");
  }

  @Test
  void copesWithARegistryThatSendsAllAgain() {
    TestImage made = new TestImage().layer(noise("a", 300_000));
    registry.push(APP, "latest", made);
    registry.fault(made.layerDigest(0), BadRegistry.dropAfter(100_000));
    registry.fault(made.layerDigest(0), BadRegistry.all());
    assertThat(images.layers(pull("app").id()).getFirst().resolve("a")).hasSize(300_000);
  }

  @Test
  void givesUpAfterTheAllowedAttempts() throws IOException {
    TestImage made = new TestImage().layer(noise("a", 300_000)).layer(tar("b", "fine"));
    registry.push(APP, "latest", made);
    for (int i = 0; i < ATTEMPTS; i++) {
      registry.fault(made.layerDigest(0), BadRegistry.dropAfter(1000));
    }
    assertFails(() -> pull("app"), ErrorKind.SYSTEM, "unexpected EOF");
    assertNothingIsLeft();
  }

  @Test
  void givesUpARegistryThatFallsSilent() throws IOException {
    TestImage made = new TestImage().layer(noise("a", 300_000));
    registry.push(APP, "latest", made);
    for (int i = 0; i < ATTEMPTS; i++) {
      registry.fault(made.layerDigest(0), registry.hangAfter(0));
    }
    assertFails(
        () -> pull(impatientImages(), "app"),
        ErrorKind.SYSTEM,
        "i/o timeout: nothing came for 1 seconds");
    assertNothingIsLeft();
  }

  @Test
  void goesOnAfterARegistryFellSilent() {
    TestImage made = new TestImage().layer(noise("a", 300_000));
    registry.push(APP, "latest", made);
    registry.fault(made.layerDigest(0), registry.hangAfter(200_000));
    pull(impatientImages(), "app");
    assertThat(registry.count(made.layerDigest(0) + " bytes=200000-")).isEqualTo(1);
  }

  @Test
  void refusesALayerWhoseDigestLies() throws IOException {
    TestImage made = new TestImage().layer(noise("a", 5000));
    registry.push(APP, "latest", made);
    byte[] lie = noise("a", 5001);
    registry.blob(
        APP,
        made.layerDigest(0),
        Arrays.copyOf(TestImage.gzip(lie), made.blob(made.layerDigest(0)).length));
    assertThatThrownBy(() -> pull("app")).isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @Test
  void namesTheDigestThatLies() throws IOException {
    byte[] plain = tar("a", "some content");
    TestImage made = new TestImage().layer(plain, plain);
    registry.push(APP, "latest", made);
    byte[] other = tar("a", "same content");
    registry.blob(APP, made.layerDigest(0), other);
    assertFails(
        () -> pull("app"),
        ErrorKind.SYSTEM,
        "filesystem layer verification failed for digest " + made.layerDigest(0));
    assertNothingIsLeft();
  }

  @Test
  void refusesALayerThatIsNotTheConfigurations() throws IOException {
    byte[] promised = tar("a", "promised");
    registry.push(
        APP, "latest", new TestImage().layer(promised, TestImage.gzip(tar("a", "given"))));
    assertFails(
        () -> pull("app"),
        ErrorKind.SYSTEM,
        "failed to register layer: layers from manifest don't match image configuration");
    assertNothingIsLeft();
  }

  @Test
  void refusesAHostileLayer() throws IOException {
    registry.push(APP, "latest", new TestImage().layer(tar("../../escape", "x")));
    assertFails(
        () -> pull("app"),
        ErrorKind.SYSTEM,
        "failed to register layer: \"../../escape\" is outside of \"/\"");
    assertNothingIsLeft();
  }

  @Test
  void refusesATruncatedLayer() throws IOException {
    byte[] whole = tar("a", "x".repeat(5000));
    byte[] cut = Arrays.copyOf(TestImage.gzip(whole), 40);
    registry.push(APP, "latest", new TestImage().layer(whole, cut));
    assertFails(() -> pull("app"), ErrorKind.SYSTEM, "failed to register layer: unexpected EOF");
    assertNothingIsLeft();
  }

  @Test
  void refusesAManifestAndAConfigurationThatLie() throws IOException {
    TestImage made = new TestImage().layer(tar("a", "x"));
    registry.push(APP, "latest", made);
    String digest = TestImage.digest(made.manifest());
    registry.put(
        "/v2/library/app/manifests/" + digest, "{\"schemaVersion\":2}".getBytes(UTF_8), "x");
    assertFails(
        () -> pull("app@" + digest),
        ErrorKind.SYSTEM,
        "manifest verification failed for digest " + digest);
    registry.push(APP, "latest", made);
    registry.blob(APP, made.id(), "{}".repeat(made.config().length / 2).getBytes(UTF_8));
    assertThatThrownBy(() -> pull("app")).isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @Test
  void refusesWhatIsNoImage() {
    registry.push(
        APP, "helm", new TestImage().configType("application/vnd.cncf.helm.config.v1+json"));
    assertFails(
        () -> pull("app:helm"),
        ErrorKind.INVALID,
        "Encountered remote \"application/vnd.cncf.helm.config.v1+json\"(unknown) when fetching");
    registry.manifest(APP, "old", "{\"schemaVersion\":1}".getBytes(UTF_8), "application/json");
    assertThatThrownBy(() -> pull("app:old"))
        .hasMessageStartingWith("Docker Image Format v1")
        .hasMessageContaining("docker.io/library/app:old");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "7",
        "{\"schemaVersion\":2}",
        "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"}",
        "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[null,{}]}",
        "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":"
            + "[{\"digest\":\"../x\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]}",
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}",
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{"
            + "\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:../..\","
            + "\"size\":1},\"layers\":[null]}",
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"layers\":\"x\"}",
      })
  void refusesManifestsThatMakeNoSense(String manifest) throws IOException {
    registry.manifest(APP, "latest", manifest.getBytes(UTF_8), "text/plain");
    assertThatThrownBy(() -> pull("app")).isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "x",
        "{}",
        "{\"rootfs\":{\"diff_ids\":[null]}}",
        "{\"rootfs\":{\"diff_ids\":[\"sha256:..\"]}}",
        "{\"rootfs\":{\"diff_ids\":{}}}"
      })
  void refusesConfigurationsThatMakeNoSense(String config) throws IOException {
    byte[] content = config.getBytes(UTF_8);
    String digest = TestImage.digest(content);
    registry.blob(APP, digest, content);
    String manifest =
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{"
            + "\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\""
            + digest
            + "\",\"size\":"
            + content.length
            + "},\"layers\":[]}";
    registry.manifest(APP, "latest", manifest.getBytes(UTF_8), "text/plain");
    assertThatThrownBy(() -> pull("app")).isInstanceOf(EngineException.class);
    assertNothingIsLeft();
  }

  @Test
  void saysThatAManifestIsUnknown() {
    assertFails(
        () -> pull("app:nope"),
        ErrorKind.NOT_FOUND,
        "manifest for app:nope not found: manifest unknown: manifest unknown");
  }

  @Test
  void saysThatARepositoryIsUnknownOrClosed() {
    String unknown =
        "{\"errors\":[{\"code\":\"NAME_UNKNOWN\","
            + "\"message\":\"repository name not known to registry\"}]}";
    registry.fault("/latest", BadRegistry.status(404, ""));
    registry.fault("/latest", BadRegistry.status(404, unknown));
    assertFails(
        () -> pull("app"),
        ErrorKind.NOT_FOUND,
        "repository app not found: name unknown: repository name not known to registry");
    Images direct = images(List.of());
    String name = registry.host() + "/library/app";
    registry.fault("/latest", BadRegistry.status(403, ""));
    registry.fault("/latest", BadRegistry.status(403, ""));
    assertFails(
        () -> pull(direct, name),
        ErrorKind.NOT_FOUND,
        "pull access denied for "
            + name
            + ", repository does not exist or may require 'docker login': denied: requested"
            + " access to the resource is denied");
  }

  @Test
  void triesAgainWhenTheRegistryHasTrouble() {
    registry.push(APP, "latest", new TestImage().layer(tar("a", "x")));
    registry.fault("/latest", BadRegistry.status(404, "HEAD is not for us"));
    registry.fault("/latest", BadRegistry.status(502, "trouble"));
    assertThat(pull("app").tags()).containsExactly("app:latest");
    registry.fault("/v2/library/none/manifests/1", BadRegistry.status(404, ""));
    for (int i = 0; i < ATTEMPTS; i++) {
      registry.fault("/v2/library/none/manifests/1", BadRegistry.status(500, ""));
    }
    assertFails(
        () -> pull("none:1"),
        ErrorKind.SYSTEM,
        "received unexpected HTTP status: 500 Internal Server Error");
  }

  @Test
  void saysWhyAConnectionFails() {
    String closed;
    try (BadRegistry soonGone = new BadRegistry()) {
      closed = soonGone.host();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertFails(
        () -> pull(closed + "/app"),
        ErrorKind.SYSTEM,
        "Get \"http://" + closed + "/v2/\": dial tcp " + closed + ": connect: connection refused");
    assertFails(
        () -> pull("no-such-host.invalid/app"),
        ErrorKind.SYSTEM,
        "Get \"https://no-such-host.invalid/v2/\": dial tcp: lookup no-such-host.invalid: no such"
            + " host");
  }

  @Test
  void fallsBackFromOneMirrorToTheNext() throws IOException {
    try (BadRegistry other = new BadRegistry()) {
      other.push(APP, "latest", new TestImage().layer(tar("a", "x")));
      Images both = images(List.of("http://127.0.0.1:1", registry.url(), other.url()));
      assertThat(pull(both, "app").tags()).containsExactly("app:latest");
      assertThat(registry.count("manifests/latest")).isEqualTo(2);
    }
  }

  @Test
  void speaksPlainHttpToARegistryOnLoopback() {
    registry.push("app", "latest", new TestImage().layer(tar("a", "x")));
    Images direct = images(List.of());
    assertThat(pull(direct, registry.host() + "/app").tags())
        .containsExactly(registry.host() + "/app:latest");
    assertThat(statuses()).contains("Pulling from app");
  }

  @Test
  void pullsByDigest() {
    TestImage made = new TestImage().layer(tar("a", "x"));
    registry.push(APP, "1", made);
    String digest = TestImage.digest(made.manifest());
    Image image = pull("app:other@" + digest);
    assertThat(image.tags()).isEmpty();
    assertThat(image.repoDigests()).containsExactly("app@" + digest);
  }

  @Test
  void listsTagsPageByPage() {
    registry.fault(
        "/tags/list",
        (exchange, content) -> {
          exchange
              .getResponseHeaders()
              .set("Link", "</v2/library/app/tags/list?n=2&last=b>; rel=\"next\"");
          BadRegistry.status(200, "{\"tags\":[\"a\",\"b\"]}").answer(exchange, content);
        });
    registry.fault("/tags/list", BadRegistry.status(200, "{\"tags\":[\"c\"]}"));
    assertThat(images.tags(Reference.parse("app"), null))
        .extracting(Reference::familiar)
        .containsExactly("app:a", "app:b", "app:c");
    assertThat(registry.requests()).last().asString().endsWith("?n=2&last=b");
  }

  @Test
  void concurrentPullsBringALayerOnce() throws Exception {
    TestImage made = new TestImage().layer(noise("a", 200_000)).layer(noise("b", 300_000));
    registry.push(APP, "1", made).push(APP, "2", made);
    List<Future<Image>> pulls = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) {
        String name = "app:" + (1 + i % 2);
        pulls.add(threads.submit(() -> pull(name)));
      }
      for (Future<Image> each : pulls) {
        assertThat(each.get().id()).isEqualTo(made.id());
      }
    }
    assertThat(registry.count("GET /v2/library/app/blobs/" + made.layerDigest(0))).isEqualTo(1);
    assertThat(registry.count("GET /v2/library/app/blobs/" + made.layerDigest(1))).isEqualTo(1);
    assertThat(images.find("app:1").tags()).containsExactly("app:1", "app:2");
    assertNoDrafts();
  }

  @Test
  void anInterruptedPullLeavesNothing() throws Exception {
    TestImage made = new TestImage().layer(noise("a", 300_000)).layer(noise("b", 1000));
    registry.push(APP, "latest", made);
    CountDownLatch downloading = new CountDownLatch(1);
    registry.fault(
        made.layerDigest(0),
        (exchange, content) -> {
          downloading.countDown();
          registry.hangAfter(1000).answer(exchange, content);
        });
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<Image> pull = thread.submit(() -> pull("app"));
      assertThat(downloading.await(30, TimeUnit.SECONDS)).isTrue();
      thread.shutdownNow();
      assertThatThrownBy(pull::get).rootCause().isInstanceOf(InterruptedException.class);
      assertThatThrownBy(pull::get).cause().hasMessage("context canceled");
    }
    assertNothingIsLeft();
  }

  @Test
  void whenOnePullEndsAnotherOneGoesOn() throws Exception {
    TestImage made = new TestImage().layer(noise("a", 300_000));
    registry.push(APP, "latest", made);
    CountDownLatch downloading = new CountDownLatch(1);
    registry.fault(
        made.layerDigest(0),
        (exchange, content) -> {
          downloading.countDown();
          registry.hangAfter(1000).answer(exchange, content);
        });
    try (ExecutorService first = Executors.newSingleThreadExecutor();
        ExecutorService second = Executors.newSingleThreadExecutor()) {
      Future<Image> ended = first.submit(() -> pull("app"));
      assertThat(downloading.await(30, TimeUnit.SECONDS)).isTrue();
      Future<Image> other = second.submit(() -> pull("app"));
      first.shutdownNow();
      assertThatThrownBy(ended::get).cause().isInstanceOf(EngineException.class);
      assertThat(other.get().id()).isEqualTo(made.id());
    }
  }

  @Test
  void aListenerThatFailsEndsThePull() throws IOException {
    registry.push(APP, "latest", new TestImage().layer(tar("a", "x")));
    ProgressListener broken =
        progress -> {
          if (progress instanceof Progress.LayerStatus) {
            throw new IllegalStateException("client is gone");
          }
        };
    assertThatThrownBy(
            () -> images.pull(Reference.parse("app"), Platform.parse("linux/amd64"), null, broken))
        .hasMessage("client is gone");
    assertNothingIsLeft();
  }

  @Test
  void saysThatTheDiskIsFull() throws Exception {
    registry.push(APP, "latest", new TestImage().layer(noise("a", 3_000_000)));
    Path small = Files.createDirectory(directory.resolve("small"));
    run("mount", "-t", "tmpfs", "-o", "size=2m", "flota-image-test", small.toString());
    try {
      Images full = images(small, List.of(registry.url()));
      assertThatThrownBy(() -> pull(full, "app"))
          .isInstanceOf(EngineException.class)
          .hasMessageEndingWith("no space left on device");
      assertThat(list(small.resolve("layers/tmp"))).isEmpty();
      assertThat(list(small.resolve("images/tmp"))).isEmpty();
      assertThat(list(small.resolve("layers/sha256"))).isEmpty();
      assertThat(list(small.resolve("images/blobs/sha256"))).isEmpty();
    } finally {
      run("umount", "-l", small.toString());
    }
  }

  private static void run(String... command) throws Exception {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    assertThat(status).as(String.join(" ", command)).isZero();
  }
}
