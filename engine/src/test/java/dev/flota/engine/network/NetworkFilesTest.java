package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NetworkFilesTest {
  @TempDir Path directory;

  @BeforeEach
  void hostFiles() throws IOException {
    Files.createDirectories(directory.resolve("root/etc"));
    Files.writeString(directory.resolve("root/etc/hosts"), "127.0.0.1 localhost node\n");
    resolver("nameserver 127.0.0.1\nnameserver 9.9.9.9\nsearch lan\noptions edns0\n");
  }

  private void resolver(String text) throws IOException {
    Files.writeString(directory.resolve("root/etc/resolv.conf"), text);
  }

  private static EndpointRecord endpoint(String address) {
    return new EndpointRecord(
        "bridge", "b", "e", address, 16, "10.9.0.1", "02:42:0a:09:00:02", List.of(), Map.of());
  }

  private ContainerRecord write(String config, String hostConfig, ContainerRecord... others) {
    ContainerRecord container =
        Samples.container("web", config, hostConfig, List.of(endpoint("10.9.0.2")));
    NetworkFiles files =
        new NetworkFiles(
            Samples.settings(directory),
            NetworkFiles.NameService.OF_THE_HOST,
            directory.resolve("root"));
    files.write(
        container,
        directory.resolve("out"),
        name ->
            List.of(others).stream()
                .filter(other -> other.name().equals(name))
                .findFirst()
                .orElse(null));
    return container;
  }

  private String written(String name) throws IOException {
    return Files.readString(directory.resolve("out").resolve(name));
  }

  @Test
  void aContainerKnowsItsOwnNames() throws IOException {
    write("{\"Hostname\": \"web\", \"Domainname\": \"example.com\"}", "{}");
    assertThat(written("hostname")).isEqualTo("web\n");
    assertThat(written("hosts"))
        .startsWith("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
        .endsWith("ff02::2\tip6-allrouters\n10.9.0.2\tweb.example.com web\n");
  }

  @Test
  void theHostnameIsTheShortIdWhenNobodyChoseOne() throws IOException {
    ContainerRecord container = write("{}", "{}");
    assertThat(written("hostname")).isEqualTo(container.id().substring(0, 12) + "\n");
  }

  @Test
  void extraHostsComeBeforeTheOwnLineAndMayMeanTheGateway() throws IOException {
    write(
        "{\"Hostname\": \"web\"}",
        "{\"ExtraHosts\": [\"db:1.2.3.4\", \"up=host-gateway\", \"six:[2001:db8::1]\"]}");
    assertThat(written("hosts"))
        .endsWith("1.2.3.4\tdb\n10.9.0.1\tup\n2001:db8::1\tsix\n10.9.0.2\tweb\n");
  }

  @Test
  void malformedExtraHostsAndServersAreRefused() {
    assertThatThrownBy(
            () -> NetworkFiles.check(Samples.hostConfig("{\"ExtraHosts\": [\"nonsense\"]}")))
        .hasMessage("bad format for add-host: \"nonsense\"");
    assertThatThrownBy(
            () -> NetworkFiles.check(Samples.hostConfig("{\"ExtraHosts\": [\"a:1.2.3\"]}")))
        .hasMessage("invalid IP address in add-host: \"1.2.3\"");
    assertThatThrownBy(() -> NetworkFiles.check(Samples.hostConfig("{\"Dns\": [\"x\"]}")))
        .hasMessage("bad nameserver address x");
  }

  @Test
  void serversThatAContainerCannotReachAreLeftOut() throws IOException {
    write("{}", "{}");
    assertThat(written("resolv.conf"))
        .endsWith("\n\nnameserver 9.9.9.9\nsearch lan\noptions edns0\n");
    resolver("nameserver 127.0.0.1\nnameserver ::1\n");
    write("{}", "{}");
    assertThat(written("resolv.conf")).endsWith("\n\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n");
  }

  @Test
  void whatStandsBehindSystemdsStubIsUsed() throws IOException {
    resolver("nameserver 127.0.0.53\n");
    Path behind = directory.resolve("root/run/systemd/resolve");
    Files.createDirectories(behind);
    Files.writeString(behind.resolve("resolv.conf"), "nameserver 5.5.5.5\n");
    write("{}", "{}");
    assertThat(written("resolv.conf")).endsWith("\n\nnameserver 5.5.5.5\n");
  }

  @Test
  void theUsersDnsReplacesTheHosts() throws IOException {
    write("{}", "{\"Dns\": [\"1.1.1.1\"], \"DnsSearch\": [\".\"], \"DnsOptions\": [\"ndots:2\"]}");
    assertThat(written("resolv.conf")).endsWith("\n\nnameserver 1.1.1.1\noptions ndots:2\n");
  }

  @Test
  void theHostsNetworkHasTheHostsFiles() throws IOException {
    write("{}", "{\"NetworkMode\": \"host\"}");
    assertThat(written("hosts")).isEqualTo("127.0.0.1 localhost node\n");
    assertThat(written("hostname")).isEqualTo("node\n");
    assertThat(written("resolv.conf")).contains("nameserver 127.0.0.1\n");
  }

  @Test
  void aLinkNamesARunningContainer() throws IOException {
    ContainerRecord database =
        Samples.container("db", "{\"Hostname\": \"d\"}", "{}", List.of(endpoint("10.9.0.7")));
    String links = "{\"Links\": [\"db:store\"]}";
    assertThatThrownBy(() -> write("{}", links, database))
        .hasMessage("Cannot link to a non running container: /db");
    write("{\"Hostname\": \"web\"}", links, Samples.running(database));
    assertThat(written("hosts")).endsWith("10.9.0.7\tstore d db\n10.9.0.2\tweb\n");
  }
}
