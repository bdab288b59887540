package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class NetworkWishTest {
  private static NetworkWish wish(String hostConfig, String config, String networking) {
    return NetworkWish.of(
        Samples.hostConfig(hostConfig), Samples.config(config), Samples.networking(networking));
  }

  private static NetworkWish asked(String network, EndpointWish wish) {
    return new NetworkWish.OfNetworks(List.of(new NetworkWish.Asked(network, wish)));
  }

  @Test
  void theBridgeIsTheDefault() {
    NetworkWish bridge = asked("bridge", EndpointWish.NONE);
    assertThat(wish("{}", "{}", "{}")).isEqualTo(bridge);
    assertThat(wish("{\"NetworkMode\": \"default\"}", "{}", "{\"EndpointsConfig\": {}}"))
        .isEqualTo(bridge);
    assertThat(wish("{}", "{}", "{\"EndpointsConfig\": {\"default\": {}}}")).isEqualTo(bridge);
    assertThat(wish("{}", "{\"NetworkDisabled\": true}", "{}"))
        .isEqualTo(asked("none", EndpointWish.NONE));
  }

  @Test
  void theNetworkOfAnotherContainerNeedsNoEndpoint() {
    assertThat(wish("{\"NetworkMode\": \"container:web\"}", "{}", "{}"))
        .isEqualTo(new NetworkWish.OfContainer());
  }

  @Test
  void anEthernetAddressMayBeChosenInEitherPlace() {
    NetworkWish chosen = asked("bridge", EndpointWish.NONE.withMac("02:00:00:00:00:0a"));
    assertThat(wish("{}", "{\"MacAddress\": \"02:00:00:00:00:0a\"}", "{}")).isEqualTo(chosen);
    String endpoint =
        "{\"EndpointsConfig\": {\"bridge\": {\"MacAddress\": \"02:00:00:00:00:0a\"}}}";
    assertThat(wish("{}", "{}", endpoint)).isEqualTo(chosen);
    assertThatThrownBy(() -> wish("{}", "{\"MacAddress\": \"02:00:00:00:00:0b\"}", endpoint))
        .hasMessageStartingWith("the container-wide MAC address must match");
  }

  @Test
  void theNetworkOfTheModeIsTheMainOneAndOthersFollow() {
    String both = "{\"EndpointsConfig\": {\"a\": {}, \"b\": {\"Aliases\": [\"x\"]}}}";
    EndpointWish alias = new EndpointWish(null, null, List.of("x"), null, null, 0);
    assertThat(wish("{\"NetworkMode\": \"b\"}", "{}", both))
        .isEqualTo(
            new NetworkWish.OfNetworks(
                List.of(
                    new NetworkWish.Asked("b", alias),
                    new NetworkWish.Asked("a", EndpointWish.NONE))));
    assertThat(wish("{}", "{}", "{\"EndpointsConfig\": {\"a\": {}}}"))
        .as("as in Docker nobody is in the default network besides")
        .isEqualTo(asked("a", EndpointWish.NONE));
  }

  @Test
  void theHostsNetworkAndNoneGoWithNoOther() {
    String other = "{\"EndpointsConfig\": {\"a\": {}}}";
    assertThatThrownBy(() -> wish("{\"NetworkMode\": \"host\"}", "{}", other))
        .hasMessage(NetworkWish.SHARED);
    assertThatThrownBy(() -> wish("{\"NetworkMode\": \"none\"}", "{}", other))
        .hasMessage(NetworkWish.PRIVATE);
    assertThatThrownBy(() -> wish("{}", "{}", "{\"EndpointsConfig\": {\"a\": {}, \"host\": {}}}"))
        .hasMessage(NetworkWish.SHARED);
  }

  static Stream<Arguments> contradictions() {
    String container = "\"NetworkMode\": \"container:a\"";
    return Stream.of(
        arguments(
            "\"NetworkMode\": \"container:\"",
            "",
            "invalid network mode: invalid container format container:<name|id>"),
        arguments(
            container, "\"Hostname\": \"b\"", "conflicting options: hostname and the network mode"),
        arguments(
            container + ", \"Dns\": [\"8.8.8.8\"]",
            "",
            "conflicting options: dns and the network mode"),
        arguments(
            container + ", \"ExtraHosts\": [\"a:1.1.1.1\"]",
            "",
            "conflicting options: custom host-to-IP mapping and the network mode"),
        arguments(
            container + ", \"PublishAllPorts\": true",
            "",
            "conflicting options: port publishing and the container type network mode"),
        arguments(
            container + ", \"PortBindings\": {\"80/tcp\": []}",
            "",
            "conflicting options: port publishing and the container type network mode"),
        arguments(
            container,
            "\"ExposedPorts\": {\"80/tcp\": {}}",
            "conflicting options: port exposing and the container type network mode"),
        arguments(
            container + ", \"Links\": [\"a\"]",
            "",
            "conflicting options: container type network can't be used with links."
                + " This would result in undefined behavior"),
        arguments(
            "\"NetworkMode\": \"host\", \"Links\": [\"a\"]",
            "",
            "conflicting options: host type networking can't be used with links."
                + " This would result in undefined behavior"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void contradictionsAreRefusedInDockersWords(String hostConfig, String config, String text) {
    assertThatThrownBy(() -> wish("{" + hostConfig + "}", "{" + config + "}", "{}"))
        .hasMessage(text)
        .extracting(e -> ((EngineException) e).kind())
        .isEqualTo(ErrorKind.INVALID);
  }
}
