package dev.flota.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.HostConfig.MountRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MountParserTest {
  private static final MountParser PARSER = new MountParser(path -> path.startsWith("/there"));

  private static MountPlan mount(String json) {
    try {
      return PARSER.ofMount(Json.DOCKER.readValue("{" + json + "}", MountRequest.class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  private static MountPlan bind(String raw) {
    return MountParser.ofBind(raw, null);
  }

  @Test
  void anAbsoluteSourceIsADirectoryOfTheHost() {
    assertThat(bind("/a/../b:/x/./y"))
        .isEqualTo(new MountPlan.Bind("/b", "/x/y", "", true, "rprivate"));
    assertThat(bind("/a:/x:ro,z,rshared"))
        .isEqualTo(new MountPlan.Bind("/a", "/x", "ro,z,rshared", false, "rshared"));
  }

  @Test
  void anyOtherSourceIsAVolume() {
    assertThat(bind("data:/x:ro,nocopy"))
        .isEqualTo(
            new MountPlan.Volume("data", null, Map.of(), Map.of(), "/x", "ro,nocopy", false));
    assertThat(MountParser.ofBind("/x", "local"))
        .isEqualTo(new MountPlan.Volume(null, "local", Map.of(), Map.of(), "/x", "", true));
  }

  static Stream<Arguments> malformed() {
    String specification = "invalid volume specification: '%s'";
    String mount = specification + ": invalid mount config for type \"%s\": %s";
    return Stream.of(
        arguments("", specification.formatted("")),
        arguments(":/x", specification.formatted(":/x")),
        arguments("/x:ro", specification.formatted("/x:ro")),
        arguments("/a:/x:ro:more", specification.formatted("/a:/x:ro:more")),
        arguments("/a:/x:odd", "invalid mode: odd"),
        arguments("/a:/x:ro,rw", "invalid mode: ro,rw"),
        arguments(
            "/a:x",
            mount.formatted("/a:x", "bind", "invalid mount path: 'x' mount path must be absolute")),
        arguments(
            "/a:/",
            mount.formatted("/a:/", "bind", "invalid specification: destination can't be '/'")),
        arguments(
            "v:/x/..",
            mount.formatted(
                "v:/x/..", "volume", "invalid specification: destination can't be '/'")),
        arguments(
            "v:/x:shared",
            mount.formatted("v:/x:shared", "volume", "field BindOptions must not be specified")),
        arguments(
            "/a:/x:nocopy",
            mount.formatted("/a:/x:nocopy", "bind", "field VolumeOptions must not be specified")));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedSpecificationsAreRefusedInDockersWords(String raw, String text) {
    assertThatThrownBy(() -> bind(raw)).isInstanceOf(EngineException.class).hasMessage(text);
  }

  @Test
  void theLongFormCarriesOptions() {
    assertThat(
            mount(
                "\"Type\": \"bind\", \"Source\": \"/there\", \"Target\": \"/x\", \"ReadOnly\": true,"
                    + " \"BindOptions\": {\"Propagation\": \"slave\"}"))
        .isEqualTo(new MountPlan.Bind("/there", "/x", "", false, "slave"));
    assertThat(
            mount(
                "\"Type\": \"volume\", \"Source\": \"v\", \"Target\": \"/x\", \"VolumeOptions\":"
                    + " {\"Labels\": {\"a\": \"b\"}, \"DriverConfig\": {\"Name\": \"local\","
                    + " \"Options\": {\"type\": \"tmpfs\"}}}"))
        .isEqualTo(
            new MountPlan.Volume(
                "v", "local", Map.of("type", "tmpfs"), Map.of("a", "b"), "/x", "", true));
    assertThat(mount("\"Type\": \"tmpfs\", \"Target\": \"/x\""))
        .isEqualTo(new MountPlan.Tmpfs("/x", true));
  }

  static Stream<Arguments> refused() {
    String bind = "\"Type\": \"bind\", \"Target\": \"/x\"";
    String volume = "\"Type\": \"volume\", \"Target\": \"/x\"";
    return Stream.of(
        arguments("\"Type\": \"odd\", \"Target\": \"/x\"", "odd", "mount type unknown"),
        arguments("\"Type\": \"tmpfs\"", "tmpfs", "field Target must not be empty"),
        arguments(bind, "bind", "field Source must not be empty"),
        arguments(
            bind + ", \"Source\": \"/nowhere\"",
            "bind",
            "bind source path does not exist: /nowhere"),
        arguments(
            bind + ", \"Source\": \"here\"",
            "bind",
            "invalid mount path: 'here' mount path must be absolute"),
        arguments(
            bind + ", \"Source\": \"/there\", \"VolumeOptions\": {}",
            "bind",
            "field VolumeOptions must not be specified"),
        arguments(
            bind + ", \"Source\": \"/there\", \"BindOptions\": {\"Propagation\": \"odd\"}",
            "bind",
            "invalid propagation mode: odd"),
        arguments(
            volume + ", \"BindOptions\": {}", "volume", "field BindOptions must not be specified"),
        arguments(
            volume + ", \"ReadOnly\": true",
            "volume",
            "must not set ReadOnly mode when using anonymous volumes"),
        arguments(
            volume + ", \"Source\": \"v\", \"VolumeOptions\": {\"Subpath\": \"a/../../b\"}",
            "volume",
            "subpath must be a relative path within the volume"),
        arguments(
            "\"Type\": \"tmpfs\", \"Target\": \"/x\", \"Source\": \"v\"",
            "tmpfs",
            "field Source must not be specified"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void contradictoryMountsAreRefusedInDockersWords(String json, String type, String problem) {
    assertThatThrownBy(() -> mount(json))
        .hasMessage("invalid mount config for type \"" + type + "\": " + problem);
  }

  @Test
  void aMissingSourceMayBeMadeWhenAskedFor() {
    assertThat(
            mount(
                "\"Type\": \"bind\", \"Source\": \"/nowhere\", \"Target\": \"/x\","
                    + " \"BindOptions\": {\"CreateMountpoint\": true}"))
        .isInstanceOf(MountPlan.Bind.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:rshared", "a:nocopy", "a:odd"})
  void modesThatVolumesFromCannotHaveAreRefused(String text) {
    assertThatThrownBy(() -> VolumesFrom.parse(text))
        .hasMessage("invalid mode: " + text.substring(2));
  }

  @Test
  void volumesFromMayBeReadOnly() {
    assertThat(VolumesFrom.parse("a")).isEqualTo(new VolumesFrom("a", true));
    assertThat(VolumesFrom.parse("a:ro")).isEqualTo(new VolumesFrom("a", false));
  }

  @Provide
  static Arbitrary<List<String>> words() {
    return Arbitraries.of("ro", "rw", "z", "Z", "shared", "rslave", "nocopy", "cached", "odd", "")
        .list()
        .ofMinSize(1)
        .ofMaxSize(5);
  }

  @Property
  void aModeHasAtMostOneWordOfAKind(@ForAll("words") List<String> words) {
    boolean known = words.equals(List.of("")) || !(words.contains("odd") || words.contains(""));
    boolean valid =
        known
            && most(words, "ro", "rw")
            && most(words, "z", "Z")
            && most(words, "shared", "rslave")
            && most(words, "nocopy")
            && most(words, "cached");
    assertThat(MountMode.parse(String.join(",", words)).isPresent()).isEqualTo(valid);
    MountMode.parse(String.join(",", words))
        .ifPresent(mode -> assertThat(mode.writable()).isEqualTo(!words.contains("ro")));
  }

  private static boolean most(List<String> words, String... kind) {
    return words.stream().filter(List.of(kind)::contains).count() <= 1;
  }

  @Property
  void whateverIsWrittenADestinationIsAbsoluteAndClean(
      @ForAll("specifications") String specification) {
    try {
      MountPlan plan = bind(specification);
      assertThat(plan.destination()).startsWith("/").doesNotContain("/../").hasSizeGreaterThan(1);
    } catch (EngineException e) {
      assertThat(e.text()).containsAnyOf("invalid volume specification", "invalid mode");
    }
  }

  @Provide
  static Arbitrary<String> specifications() {
    return Arbitraries.strings().withChars("/.:ab ro,\0").ofMaxLength(20);
  }
}
