package dev.flota.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VolumesTest {
  private static final String MAKER = "f".repeat(64);

  @TempDir Path directory;
  private final List<String> told = new ArrayList<>();
  private Volumes volumes;

  @BeforeEach
  void open() {
    volumes = reopened();
  }

  private Volumes reopened() {
    return reopened(VolumeClaims.ALONE);
  }

  private Volumes reopened(VolumeClaims claims) {
    return reopened(claims, "lib");
  }

  private Volumes reopened(VolumeClaims claims, String state) {
    EngineSettings.Bridge bridge = new EngineSettings.Bridge("b", "10.0.0.0/16", "10.0.0.1", 1450);
    EngineSettings.Registry registry =
        new EngineSettings.Registry(List.of(), List.of(), directory, 1, 1, 1);
    return new Volumes(
        new EngineSettings(
            directory.resolve(state),
            directory.resolve("run"),
            "node",
            "crun",
            Map.of(),
            directory,
            directory,
            "/flota",
            bridge,
            registry),
        new VolumeListener() {
          @Override
          public void created(VolumeInfo volume) {
            told.add("created " + volume.name());
          }

          @Override
          public void removed(VolumeInfo volume) {
            told.add("removed " + volume.name());
          }
        },
        claims);
  }

  private static <T> T read(String json, Class<T> type) {
    try {
      return Json.DOCKER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  /** As if the container's record were known at once. */
  private List<MountPoint> resolve(String config, String hostConfig, ContainerRecord... others) {
    List<MountPoint> mounts = resolveFor(MAKER, config, hostConfig, others);
    volumes.unreserve(MAKER);
    return mounts;
  }

  private List<MountPoint> resolveFor(
      String containerId, String config, String hostConfig, ContainerRecord... others) {
    return volumes.resolve(
        containerId,
        read(config, ContainerConfig.class),
        read(hostConfig, HostConfig.class),
        name ->
            List.of(others).stream()
                .filter(other -> other.name().equals(name))
                .findFirst()
                .orElseThrow(() -> EngineException.notFound("No such container: " + name)));
  }

  private static ContainerRecord container(
      String name, String hostConfig, List<MountPoint> mounts) {
    return new ContainerRecord(
        ContainerRecord.SCHEMA_VERSION,
        1,
        name.repeat(64).substring(0, 64),
        name,
        Instant.EPOCH,
        "busybox",
        "sha256:0",
        null,
        read("{}", ContainerConfig.class),
        read(hostConfig, HostConfig.class),
        new NetworkingConfig(null),
        "crun",
        ContainerRecord.Wanted.CREATED,
        RunState.created(),
        List.of(),
        mounts,
        List.of(),
        List.of(),
        0);
  }

  private List<String> names() {
    return volumes.list().stream().map(VolumeInfo::name).toList();
  }

  @Test
  void aVolumeOutlivesTheDaemon() {
    VolumeInfo made = volumes.create("data", null, null, Map.of("a", "b"));
    assertThat(Path.of(made.mountpoint())).isDirectory().isEmptyDirectory();
    volumes = reopened();
    assertThat(volumes.find("data")).isEqualTo(made);
    assertThat(volumes.create("data", "local", null, null)).isEqualTo(made);
    JsonNode json = Json.DOCKER.valueToTree(made);
    assertThat(json.path("Scope").asText()).isEqualTo("local");
    assertThat(json.path("CreatedAt").asText()).matches("[-0-9]{10}T[0-9:]{8}Z");
    assertThat(json.path("Options").isNull()).isTrue();
    assertThat(json.has("UsageData")).isFalse();
  }

  @Test
  void aMissingVolumeIsNamedSo() {
    assertThatThrownBy(() -> volumes.find("foo"))
        .hasMessage("get foo: no such volume")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.NOT_FOUND);
    assertThatThrownBy(() -> volumes.remove("foo", false, List::of))
        .hasMessage("get foo: no such volume");
    volumes.remove("foo", true, List::of);
    assertThat(told).isEmpty();
  }

  @Test
  void whatACrashLeftHalfDoneIsClearedAwayAndNothingElse() throws IOException {
    Path root = directory.resolve("lib/volumes");
    for (String name : List.of(".making-half", ".removing-half", "foreign")) {
      Files.createDirectories(root.resolve(name).resolve("_data"));
      Files.writeString(root.resolve(name).resolve("_data/file"), "x");
    }
    volumes.create("whole", null, null, null);
    volumes = reopened();
    assertThat(names()).containsExactly("whole");
    assertThat(root).isDirectoryNotContaining("glob:**half");
    assertThat(root.resolve("foreign/_data/file")).hasContent("x");
    assertThatThrownBy(() -> volumes.create("foreign", null, null, null))
        .hasMessageStartingWith("create foreign: error while creating volume root path");
    assertThat(root.resolve("foreign/_data/file")).hasContent("x");
  }

  @Test
  void aVolumeInUseStays() {
    List<MountPoint> mounts = resolve("{}", "{\"Binds\": [\"data:/x\"]}");
    ContainerRecord user = container("a", "{}", mounts);
    assertThatThrownBy(() -> volumes.remove("data", true, () -> List.of(user)))
        .hasMessage("remove data: volume is in use - [" + user.id() + "]")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.CONFLICT);
    volumes.remove("data", false, List::of);
    assertThat(names()).isEmpty();
    assertThat(directory.resolve("lib/volumes/data")).doesNotExist();
  }

  @Test
  void aVolumeOfAContainerInTheMakingStays() {
    List<MountPoint> mounts =
        resolveFor(MAKER, "{\"Volumes\": {\"/image\": {}}}", "{\"Binds\": [\"data:/x\"]}");
    ContainerRecord other = container("a", "{}", mounts);
    assertThatThrownBy(() -> volumes.remove("data", true, List::of))
        .hasMessage("remove data: volume is in use - [" + MAKER + "]");
    assertThat(volumes.prune(true, List::of, volume -> true).names()).isEmpty();
    volumes.removeAnonymous(other, List::of);
    assertThat(names()).as("not even by the container it was borrowed from").hasSize(2);
    volumes.unreserve(MAKER);
    volumes.removeAnonymous(other, List::of);
    volumes.remove("data", false, List::of);
    assertThat(names()).isEmpty();
  }

  @Test
  void aContainerThatIsGivenUpTakesItsAnonymousVolumesAlong() {
    ContainerRecord given =
        container("a", "{}", resolveFor("a".repeat(64), "{}", "{\"Binds\": [\"/x\"]}"));
    volumes.removeAnonymous(given, List::of);
    assertThat(names()).isEmpty();
  }

  @Test
  void everyVolumeThatReallyComesOrGoesIsToldOf() {
    volumes.create("data", null, null, null);
    volumes.create("data", null, null, null);
    String anonymous =
        resolve("{}", "{\"Binds\": [\"data:/x\", \"/y\", \"more:/z\"]}").get(1).name();
    volumes.remove("data", false, List::of);
    volumes.prune(true, List::of, volume -> volume.name().equals("more"));
    volumes.prune(false, List::of, volume -> true);
    assertThat(told)
        .containsExactly(
            "created data",
            "created " + anonymous,
            "created more",
            "removed data",
            "removed more",
            "removed " + anonymous);
  }

  @Test
  void pruneTakesAnonymousVolumesThatNobodyUses() throws IOException {
    VolumeInfo anonymous = volumes.create(null, null, null, null);
    Files.writeString(Path.of(anonymous.mountpoint()).resolve("file"), "12345");
    Files.createLink(
        Path.of(anonymous.mountpoint()).resolve("again"),
        Path.of(anonymous.mountpoint()).resolve("file"));
    volumes.create("named", null, null, null);
    ContainerRecord user = container("a", "{}", resolve("{}", "{\"Binds\": [\"/x\"]}"));
    assertThat(volumes.prune(false, () -> List.of(user), volume -> true))
        .isEqualTo(new Volumes.Pruned(List.of(anonymous.name()), 5));
    assertThat(volumes.prune(true, () -> List.of(user), volume -> true).names())
        .containsExactly("named");
    assertThat(names()).hasSize(1);
    volumes.removeAnonymous(user, List::of);
    assertThat(names()).isEmpty();
  }

  @Test
  void mountsOfAllSourcesAreResolved() throws IOException {
    Files.createDirectories(directory.resolve("there"));
    List<MountPoint> mounts =
        resolve(
            "{\"Volumes\": {\"/image\": {}, \"/named\": {}}}",
            "{\"Binds\": [\"data:/named:ro\", \"/nowhere:/bind\"], \"Mounts\": [{\"Type\":"
                + " \"tmpfs\", \"Target\": \"/memory\"}, {\"Type\": \"bind\", \"Source\": \""
                + directory.resolve("there")
                + "\", \"Target\": \"/there\"}]}");
    assertThat(mounts)
        .extracting(mount -> mount.type() + " " + mount.destination() + " " + mount.mode())
        .containsExactly(
            "volume /named ro", "bind /bind ", "tmpfs /memory ", "bind /there ", "volume /image ");
    assertThat(mounts.getFirst().writable()).isFalse();
    assertThat(mounts.getFirst().driver()).isEqualTo("local");
    assertThat(mounts.getLast().name()).matches("[0-9a-f]{64}");
    assertThat(directory.resolve("/nowhere")).doesNotExist();
  }

  @Test
  void aNamedVolumeWithoutModeShowsDockersDefault() {
    assertThat(resolve("{}", "{\"Binds\": [\"data:/x\"]}").getFirst().mode()).isEqualTo("z");
  }

  @Test
  void noDestinationIsMountedTwice() {
    assertThatThrownBy(() -> resolve("{}", "{\"Binds\": [\"/x\", \"data:/x/\"]}"))
        .hasMessage("Duplicate mount point: /x");
    assertThatThrownBy(() -> resolve("{}", "{\"Binds\": [\"data:/x\"], \"Tmpfs\": {\"/x\": \"\"}}"))
        .hasMessage("Duplicate mount point: /x");
    assertThat(names()).as("nothing was made for a request that is refused").isEmpty();
  }

  @Test
  void aRelativeSourceIsNoVolumeName() {
    assertThatThrownBy(() -> resolve("{}", "{\"Binds\": [\"/y\", \"./here:/x\"]}"))
        .hasMessageStartingWith("create ./here: \"./here\" includes invalid characters");
    assertThat(names()).as("the anonymous volume is gone again").isEmpty();
  }

  @Test
  void volumesOfAnotherContainerComeAlong() {
    ContainerRecord first =
        container(
            "a", "{}", resolve("{\"Volumes\": {\"/image\": {}}}", "{\"Binds\": [\"v1:/x\"]}"));
    List<MountPoint> mounts =
        resolve(
            "{\"Volumes\": {\"/image\": {}}}",
            "{\"VolumesFrom\": [\"a:ro\"], \"Binds\": [\"v2:/x\"]}",
            first);
    assertThat(mounts).hasSize(2);
    assertThat(mounts.get(0).name()).isEqualTo("v2");
    assertThat(mounts.get(1).name()).isEqualTo(first.mounts().get(1).name());
    assertThat(mounts.get(1).writable()).isFalse();
    assertThatThrownBy(() -> resolve("{}", "{\"VolumesFrom\": [\"b\"]}"))
        .hasMessage("No such container: b");
  }

  private Path image() throws IOException {
    Path root = directory.resolve("rootfs");
    Path data = Files.createDirectories(root.resolve("srv/data/deep"));
    Files.writeString(data.resolve("file"), "content");
    Files.setPosixFilePermissions(
        data.resolve("file"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(data.resolve("file"), FileTime.fromMillis(1_000_000));
    Files.createLink(data.resolve("hard"), data.resolve("file"));
    Files.createSymbolicLink(data.resolve("soft"), Path.of("/etc/passwd"));
    Files.setPosixFilePermissions(
        root.resolve("srv/data"), PosixFilePermissions.fromString("rwx------"));
    return root;
  }

  private Path copyUp(String hostConfig, Path root) {
    MountPoint mount = resolve("{}", hostConfig).getFirst();
    volumes.copyUp(MAKER, mount, read(hostConfig, HostConfig.class), root);
    return mount.sourcePath();
  }

  @Test
  void anEmptyVolumeTakesOnWhatItHides() throws IOException {
    Path data = copyUp("{\"Binds\": [\"data:/srv/data\"]}", image());
    Path file = data.resolve("deep/file");
    assertThat(file).hasContent("content");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rwxr-x--x");
    assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_000_000);
    assertThat(Files.isSameFile(file, data.resolve("deep/hard"))).isTrue();
    assertThat(Files.readSymbolicLink(data.resolve("deep/soft"))).hasToString("/etc/passwd");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
  }

  @Test
  void aVolumeWithContentsKeepsThem() throws IOException {
    VolumeInfo volume = volumes.create("data", null, null, null);
    Files.writeString(Path.of(volume.mountpoint()).resolve("mine"), "x");
    Path data = copyUp("{\"Binds\": [\"data:/srv/data\"]}", image());
    assertThat(data.resolve("deep")).doesNotExist();
  }

  @Test
  void nocopyLeavesTheVolumeEmpty() throws IOException {
    assertThat(copyUp("{\"Binds\": [\"one:/srv/data:nocopy\"]}", image())).isEmptyDirectory();
    assertThat(
            copyUp(
                "{\"Mounts\": [{\"Type\": \"volume\", \"Source\": \"two\", \"Target\":"
                    + " \"/srv/data\", \"VolumeOptions\": {\"NoCopy\": true}}]}",
                image2()))
        .isEmptyDirectory();
  }

  private Path image2() throws IOException {
    Path root = directory.resolve("rootfs2");
    Files.createDirectories(root.resolve("srv/data"));
    Files.writeString(root.resolve("srv/data/file"), "x");
    return root;
  }

  @Test
  void aLinkInTheImageCannotLeadOutOfIt() throws IOException {
    Path root = image2();
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "x");
    Files.createSymbolicLink(root.resolve("escape"), outside);
    Files.createSymbolicLink(root.resolve("climb"), Path.of("../../../../srv/data"));
    assertThat(copyUp("{\"Binds\": [\"one:/escape\"]}", root)).isEmptyDirectory();
    assertThat(copyUp("{\"Binds\": [\"two:/climb\"]}", root).resolve("file")).hasContent("x");
    Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));
    assertThatThrownBy(() -> copyUp("{\"Binds\": [\"three:/loop\"]}", root))
        .hasMessageContaining("too many levels of symbolic links");
  }

  @Test
  void aVolumeOverAFileOfTheImageIsRefused() throws IOException {
    Path root = image2();
    assertThatThrownBy(() -> copyUp("{\"Binds\": [\"one:/srv/data/file\"]}", root))
        .hasMessageStartingWith("cannot mount volume over existing file, file exists ");
  }

  @Test
  void whatShortFormsNameIsMadeAtStart() {
    Path missing = directory.resolve("missing/deep");
    String hostConfig = "{\"Binds\": [\"data:/a/b/c:ro\", \"%s:/a/b\"]}".formatted(missing);
    ContainerRecord container = container("a", hostConfig, resolve("{}", hostConfig));
    assertThat(missing).doesNotExist();

    assertThat(volumes.use(container))
        .extracting(MountPoint::destination, MountPoint::source)
        .containsExactlyInAnyOrder(
            tuple("/a/b/c", volumes.find("data").mountpoint()), tuple("/a/b", missing.toString()));

    assertThat(missing).isDirectory();
    volumes.disuse(container, List.of());
  }

  @Test
  void aSourceThatVanishedIsNotMadeForTheLongForm() throws IOException {
    Path there = Files.createDirectories(directory.resolve("there"));
    String hostConfig =
        "{\"Mounts\": [{\"Type\": \"bind\", \"Source\": \"%s\", \"Target\": \"/x\"}]}"
            .formatted(there);
    ContainerRecord container = container("a", hostConfig, resolve("{}", hostConfig));
    Files.delete(there);
    assertThatThrownBy(() -> volumes.use(container))
        .hasMessage(
            "invalid mount config for type \"bind\": bind source path does not exist: " + there);
  }

  @Test
  void onlyAPartOfAVolumeMayBeMounted() throws IOException {
    VolumeInfo volume = volumes.create("data", null, null, null);
    Path part = Files.createDirectories(Path.of(volume.mountpoint()).resolve("part"));
    Files.createSymbolicLink(Path.of(volume.mountpoint()).resolve("out"), Path.of("/etc"));
    assertThat(volumes.use(partial("part")).getFirst().source()).isEqualTo(part.toString());
    assertThatThrownBy(() -> volumes.use(partial("out")))
        .hasMessageStartingWith("cannot access path " + volume.mountpoint() + "/etc");
  }

  private ContainerRecord partial(String subpath) {
    String hostConfig =
        "{\"Mounts\": [{\"Type\": \"volume\", \"Source\": \"data\", \"Target\": \"/x\","
            + " \"VolumeOptions\": {\"Subpath\": \""
            + subpath
            + "\"}}]}";
    return container("a", hostConfig, resolve("{}", hostConfig));
  }

  /** As of a host whose neighbour has the volume {@code theirs}. */
  private static final class Neighbour implements VolumeClaims {
    private final List<String> calls = new ArrayList<>();

    @Override
    public Optional<Elsewhere> claim(VolumeInfo wanted) {
      calls.add("claim " + wanted.name());
      return wanted.name().equals("theirs")
          ? Optional.of(new Elsewhere(wanted, "host-2"))
          : Optional.empty();
    }

    @Override
    public void giveUp(String name) {
      calls.add("give up " + name);
    }

    @Override
    public boolean isElsewhere(String name) {
      return name.startsWith("their");
    }
  }

  private static List<MountPoint> mount(Volumes into, String bind) {
    return into.resolve(
        "id",
        read("{}", ContainerConfig.class),
        read("{\"Binds\": [\"" + bind + "\"]}", HostConfig.class),
        name -> {
          throw new AssertionError(name);
        });
  }

  // ---- volumes that move with their container

  private ContainerRecord container(String name, String hostConfig) {
    return container(name, hostConfig, resolve("{}", hostConfig));
  }

  @Test
  void whatOthersUseAndWhatIsADeviceStays() {
    ContainerRecord own = container("a", "{\"Binds\":[\"shared:/s\",\"own:/o\"]}");
    volumes.create("disk", null, Map.of("type", "none", "o", "bind", "device", "/tmp"), null);
    ContainerRecord other = container("b", "{\"Binds\":[\"shared:/s\",\"disk:/d\"]}");

    assertThat(volumes.ties(own, List.of())).isEmpty();
    assertThat(volumes.ties(own, List.of(other)))
        .containsExactly(
            "the volume shared is used by bbbbbbbbbbbb as well: move or remove that first");
    assertThat(volumes.ties(other, List.of()))
        .containsExactly("the volume disk is a device or directory of its host");
  }

  @Test
  void aVolumeComesAsAWholeOrNotAtAll() throws IOException {
    ContainerRecord coming = container("a", "{\"Binds\":[\"theirs:/t\"]}");
    Path sent = volumes.home("theirs");
    Volumes there = reopened(new Neighbour(), "there");
    Path arriving = there.arriving("theirs");
    Files.createDirectories(arriving.resolve("_data"));
    Files.writeString(arriving.resolve("_data/file"), "content");
    assertThatThrownBy(() -> there.adopt(coming)).hasMessageContaining("has not come");
    assertThat(there.list()).isEmpty();

    Files.copy(sent.resolve("volume.json"), arriving.resolve("volume.json"));
    there.adopt(coming);

    assertThat(there.find("theirs").createdAt()).isEqualTo(volumes.find("theirs").createdAt());
    assertThat(there.located(coming).mounts().getFirst().sourcePath().resolve("file"))
        .hasContent("content");
    assertThatThrownBy(() -> there.arriving("theirs"))
        .hasMessage("this host has a volume theirs of its own");
    assertThatThrownBy(() -> there.remove("theirs", false, List::of))
        .hasMessageContaining("volume is in use - [aaaa");
  }

  @Test
  void whatLeftIsRemovedUnlessItIsUsedOrStillThisHosts() {
    ContainerRecord gone = container("a", "{\"Binds\":[\"their1:/t\",\"their2:/u\",\"ours:/o\"]}");
    ContainerRecord other = container("b", "{\"Binds\":[\"their2:/u\"]}");
    Volumes here = reopened(new Neighbour());

    here.depart(gone, () -> List.of(other));

    assertThat(here.list()).extracting(VolumeInfo::name).containsExactly("ours", "their2");
  }

  @Test
  void aNameIsClaimedBeforeAVolumeIsMadeAndGivenUpWithIt() {
    Neighbour neighbour = new Neighbour();
    Volumes claiming = reopened(neighbour);

    assertThat(claiming.create("ours", null, null, null).name()).isEqualTo("ours");
    assertThat(claiming.create("ours", null, null, null).name()).isEqualTo("ours");
    assertThat(claiming.create(null, null, null, null).anonymous()).isTrue();
    claiming.remove("ours", false, List::of);

    assertThat(neighbour.calls).containsExactly("claim ours", "give up ours");
  }

  @Test
  void aVolumeOfAnotherHostIsNotMadeHere() {
    Volumes claiming = reopened(new Neighbour());

    assertThat(claiming.create("theirs", null, null, null).name()).isEqualTo("theirs");
    assertThat(claiming.list()).isEmpty();
    assertThatThrownBy(() -> mount(claiming, "theirs:/data"))
        .hasMessage("the volume theirs is on host-2");
    assertThat(claiming.list()).isEmpty();
  }

  @Test
  void aVolumeInUseKeepsItsName() {
    Neighbour neighbour = new Neighbour();
    Volumes claiming = reopened(neighbour);
    assertThat(mount(claiming, "ours:/data")).hasSize(1);

    assertThatThrownBy(() -> claiming.remove("ours", false, List::of))
        .hasMessageContaining("volume is in use");
    assertThat(claiming.prune(true, List::of, volume -> true).names()).isEmpty();

    assertThat(neighbour.calls).containsExactly("claim ours");
  }
}
