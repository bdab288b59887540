package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
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

  private NetworkFiles files(NetworkFiles.NameService names) {
    return new NetworkFiles(Samples.settings(directory), names, directory.resolve("root"));
  }

  @Test
  void theGatewayMayBeAskedForNames() throws IOException {
    ContainerRecord container = Samples.container("web", "{}", "{}", List.of(endpoint("10.9.0.2")));
    files(NetworkFiles.NameService.OF_THE_GATEWAY).write(container, directory.resolve("out"));
    assertThat(written("resolv.conf"))
        .endsWith("\n\nnameserver 10.9.0.1\nsearch lan\noptions edns0 ndots:0\n");
  }

  @Test
  void whatTheUserSaysOfDotsCounts() throws IOException {
    ContainerRecord container =
        Samples.container(
            "web",
            "{}",
            "{\"Dns\": [\"1.1.1.1\"], \"DnsSearch\": [\"in.example\"], \"DnsOptions\": [\"ndots:2\"]}",
            List.of(endpoint("10.9.0.2")));
    files(NetworkFiles.NameService.OF_THE_GATEWAY).write(container, directory.resolve("out"));
    assertThat(written("resolv.conf"))
        .endsWith("\n\nnameserver 10.9.0.1\nsearch in.example\noptions ndots:2\n");
  }

  @Test
  void theGatewayThatIsAskedIsOneThatTheContainerHas() throws IOException {
    Path out = directory.resolve("out");
    NetworkFiles files = files(NetworkFiles.NameService.OF_THE_GATEWAY);
    EndpointRecord first = endpoint("10.9.0.2");
    EndpointRecord second =
        new EndpointRecord("mine", "m", "e", "10.8.0.2", 16, "10.8.0.1", null, List.of(), Map.of());
    ContainerRecord one = Samples.container("web", "{}", "{}", List.of(first));
    files.write(one, out);
    files.connected(one.withEndpoints(List.of(first, second)), second, out);
    assertThat(written("resolv.conf")).contains("\nnameserver 10.9.0.1\n");
    files.disconnected(one.withEndpoints(List.of(second)), first, out);
    assertThat(written("resolv.conf"))
        .startsWith(
            "# Generated by Flota, based on /etc/resolv.conf.\n\nnameserver 10.8.0.1\nsearch lan\n");
    files.disconnected(one.withEndpoints(List.of()), second, out);
    files.connected(one, first, out);
    assertThat(written("resolv.conf"))
        .endsWith("\n\nnameserver 10.9.0.1\nsearch lan\noptions edns0 ndots:0\n");
    Files.writeString(out.resolve("resolv.conf"), "nameserver 10.9.0.1\n");
    files.disconnected(one.withEndpoints(List.of(second)), first, out);
    assertThat(written("resolv.conf")).as("the user's own").isEqualTo("nameserver 10.9.0.1\n");
  }

  @Test
  void linesComeAndGoWithNetworksAndOthersStay() throws IOException {
    ContainerRecord container = write("{\"Hostname\": \"web\"}", "{}");
    Path out = directory.resolve("out");
    Files.writeString(out.resolve("hosts"), written("hosts") + "1.2.3.4\tmine\n");
    NetworkFiles files = files(NetworkFiles.NameService.OF_THE_HOST);
    EndpointRecord second = endpoint("10.8.0.2");
    files.connected(container, second, out);
    assertThat(written("hosts")).endsWith("10.9.0.2\tweb\n1.2.3.4\tmine\n10.8.0.2\tweb\n");
    files.disconnected(container, second, out);
    assertThat(written("hosts")).endsWith("10.9.0.2\tweb\n1.2.3.4\tmine\n");
  }

  @Test
  void aLinkOnANetworkOfUsersNamesWhoIsThereToo() throws IOException {
    EndpointWish linked =
        new EndpointWish(null, List.of("db:store", "nosuch:x"), null, null, null, 0);
    EndpointRecord place =
        new EndpointRecord(
            "mine",
            "m",
            "e",
            "10.8.0.2",
            16,
            "10.8.0.1",
            null,
            List.of(),
            Map.of(),
            0,
            "bridge",
            false,
            linked);
    ContainerRecord container =
        Samples.container(
            "web",
            "{\"Hostname\": \"web\"}",
            "{\"NetworkMode\": \"mine\", \"Links\": [\"db:store\"]}",
            List.of(place));
    EndpointRecord there =
        new EndpointRecord("mine", "m", "e", "10.8.0.7", 16, "10.8.0.1", null, List.of(), Map.of());
    ContainerRecord database =
        Samples.container("db", "{}", "{}", List.of(endpoint("10.9.0.7"), there));
    files(NetworkFiles.NameService.OF_THE_HOST)
        .write(container, directory.resolve("out"), name -> name.equals("db") ? database : null);
    assertThat(written("hosts")).endsWith("10.8.0.7\tstore\n10.8.0.2\tweb\n");
  }
}
