package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.Optional;
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

  @Test
  void theBridgeIsTheDefault() {
    NetworkWish bridge = new NetworkWish.OfNetwork("bridge", Optional.empty());
    assertThat(wish("{}", "{}", "{}")).isEqualTo(bridge);
    assertThat(wish("{\"NetworkMode\": \"default\"}", "{}", "{\"EndpointsConfig\": {}}"))
        .isEqualTo(bridge);
    assertThat(wish("{}", "{}", "{\"EndpointsConfig\": {\"default\": {}}}")).isEqualTo(bridge);
    assertThat(wish("{}", "{\"NetworkDisabled\": true}", "{}"))
        .isEqualTo(new NetworkWish.OfNetwork("none", Optional.empty()));
  }

  @Test
  void theNetworkOfAnotherContainerNeedsNoEndpoint() {
    assertThat(wish("{\"NetworkMode\": \"container:web\"}", "{}", "{}"))
        .isEqualTo(new NetworkWish.OfContainer());
  }

  @Test
  void anEthernetAddressMayBeChosenInEitherPlace() {
    NetworkWish chosen =
        new NetworkWish.OfNetwork("bridge", Optional.of(new MacAddress("02:00:00:00:00:0a")));
    assertThat(wish("{}", "{\"MacAddress\": \"02-00-00-00-00-0A\"}", "{}")).isEqualTo(chosen);
    String endpoint =
        "{\"EndpointsConfig\": {\"bridge\": {\"MacAddress\": \"02:00:00:00:00:0a\"}}}";
    assertThat(wish("{}", "{}", endpoint)).isEqualTo(chosen);
    assertThatThrownBy(() -> wish("{}", "{\"MacAddress\": \"02:00:00:00:00:0b\"}", endpoint))
        .hasMessageStartingWith("the container-wide MAC address must match");
    assertThatThrownBy(() -> wish("{}", "{\"MacAddress\": \"nonsense\"}", "{}"))
        .hasMessage("invalid MAC address: nonsense");
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

  @Test
  void whatOnlyUserNetworksCanIsRefused() {
    assertThatThrownBy(
            () ->
                wish(
                    "{}",
                    "{}",
                    "{\"EndpointsConfig\": {\"bridge\": {\"IPAMConfig\": {\"IPv4Address\":"
                        + " \"10.0.0.9\"}}}}"))
        .hasMessage(
            "invalid config for network bridge: invalid endpoint settings:\n"
                + "user specified IP address is supported on user defined networks only");
    assertThatThrownBy(
            () -> wish("{}", "{}", "{\"EndpointsConfig\": {\"bridge\": {\"Aliases\": [\"a\"]}}}"))
        .hasMessageEndingWith(
            "network-scoped alias is supported only for containers in user defined networks");
    assertThatThrownBy(() -> wish("{}", "{}", "{\"EndpointsConfig\": {\"mine\": {}}}"))
        .hasMessage("network mine not found");
  }
}
