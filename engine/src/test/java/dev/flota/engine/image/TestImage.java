package dev.flota.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import dev.flota.engine.image.manifest.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** An image made in memory: layers, configuration, manifest. */
final class TestImage {
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

  private final Map<String, byte[]> blobs = new LinkedHashMap<>();
  private final List<String> diffIds = new ArrayList<>();
  private final List<String> layers = new ArrayList<>();
  private String architecture = "amd64";
  private String configType = MediaType.OCI_CONFIG;

  TestImage layer(byte[] tar) {
    return layer(tar, gzip(tar));
  }

  /** A layer whose compressed form need not fit. */
  TestImage layer(byte[] tar, byte[] compressed) {
    diffIds.add(digest(tar));
    layers.add(digest(compressed));
    blobs.put(digest(compressed), compressed);
    return this;
  }

  TestImage architecture(String other) {
    architecture = other;
    return this;
  }

  TestImage configType(String other) {
    configType = other;
    return this;
  }

  String layerDigest(int number) {
    return layers.get(number);
  }

  byte[] blob(String digest) {
    byte[] blob = blobs.get(digest);
    if (blob == null) {
      throw new IllegalArgumentException("no blob " + digest);
    }
    return blob;
  }

  Map<String, byte[]> blobs() {
    Map<String, byte[]> all = new LinkedHashMap<>(blobs);
    all.put(id(), config());
    return all;
  }

  String id() {
    return digest(config());
  }

  byte[] config() {
    String quoted = diffIds.stream().map(each -> '"' + each + '"').collect(Collectors.joining(","));
    String history =
        diffIds.stream()
            .map(each -> "{\"created\":\"2026-01-02T03:04:05Z\",\"created_by\":\"COPY\"}")
            .collect(Collectors.joining(","));
    return ("{\"created\":\"2026-01-02T03:04:05Z\",\"architecture\":\""
            + architecture
            + "\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"],\"Labels\":{\"a\":\"b\"}},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
            + quoted
            + "]},\"history\":["
            + history
            + ",{\"created_by\":\"CMD\",\"empty_layer\":true}]}")
        .getBytes(UTF_8);
  }

  byte[] manifest() {
    String list =
        layers.stream()
            .map(each -> descriptor(LAYER, each, size(each)))
            .collect(Collectors.joining(","));
    return ("{\"schemaVersion\":2,\"mediaType\":\""
            + MediaType.OCI_MANIFEST
            + "\",\"config\":"
            + descriptor(configType, id(), config().length)
            + ",\"layers\":["
            + list
            + "]}")
        .getBytes(UTF_8);
  }

  private int size(String digest) {
    byte[] blob = blobs.get(digest);
    return blob == null ? 0 : blob.length;
  }

  static byte[] index(Map<String, TestImage> byPlatform) {
    String manifests =
        byPlatform.entrySet().stream()
            .map(each -> manifestOf(each.getKey(), each.getValue().manifest()))
            .collect(Collectors.joining(","));
    return ("{\"schemaVersion\":2,\"mediaType\":\""
            + MediaType.OCI_INDEX
            + "\",\"manifests\":["
            + manifests
            + "]}")
        .getBytes(UTF_8);
  }

  private static String manifestOf(String platform, byte[] manifest) {
    String[] parts = platform.split("/", -1);
    String plain = descriptor(MediaType.OCI_MANIFEST, digest(manifest), manifest.length);
    return plain.substring(0, plain.length() - 1)
        + ",\"platform\":{\"os\":\""
        + parts[0]
        + "\",\"architecture\":\""
        + parts[1]
        + "\"}}";
  }

  private static String descriptor(String type, String digest, int size) {
    return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
  }

  static String digest(byte[] content) {
    return Digest.of(content).toString();
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] zstd(byte[] content) {
    return Zstd.compress(content);
  }
}
