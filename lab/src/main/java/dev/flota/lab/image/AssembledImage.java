package dev.flota.lab.image;

import dev.flota.lab.image.ImageSource.LayerSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One platform's image, ready to be sent: layers, configuration and the manifest that names them.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/config.md">OCI image
 *     configuration</a>
 */
record AssembledImage(
    Platform platform, List<Layer> layers, Document configuration, Document manifest) {

  /**
   * @param layers the source's layers, in its order
   * @param created the time that the image says it was made at
   */
  static AssembledImage of(ImageSource source, List<Layer> layers, Instant created) {
    Document configuration =
        Document.of(source.format().configurationType(), configuration(source, layers, created));
    Document manifest =
        Document.of(
            source.format().manifestType(), manifest(source.format(), configuration, layers));
    return new AssembledImage(source.platform(), List.copyOf(layers), configuration, manifest);
  }

  /** The index of several platforms' images. */
  static Document index(ImageFormat format, List<AssembledImage> images) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schemaVersion", 2);
    json.put("mediaType", format.indexType());
    json.put("manifests", images.stream().map(AssembledImage::indexEntry).toList());
    return Document.of(format.indexType(), json);
  }

  private Map<String, Object> indexEntry() {
    Map<String, Object> entry = manifest.descriptor();
    entry.put("platform", platform.toJson());
    return entry;
  }

  private static Map<String, Object> manifest(
      ImageFormat format, Document configuration, List<Layer> layers) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("schemaVersion", 2);
    json.put("mediaType", format.manifestType());
    json.put("config", configuration.descriptor());
    json.put(
        "layers",
        layers.stream()
            .map(
                layer ->
                    Document.descriptor(
                        format.layerType(layer.compression()), layer.digest(), layer.size()))
            .toList());
    return json;
  }

  private static Map<String, Object> configuration(
      ImageSource source, List<Layer> layers, Instant created) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architecture", source.platform().architecture());
    json.put("os", source.platform().os());
    json.put("created", created.toString());
    json.put("config", source.configuration().toJson());
    json.put(
        "rootfs",
        Map.of("type", "layers", "diff_ids", layers.stream().map(Layer::diffId).toList()));
    json.put("history", history(source, created));
    return json;
  }

  private static List<Map<String, Object>> history(ImageSource source, Instant created) {
    List<Map<String, Object>> history = new ArrayList<>();
    for (LayerSource layer : source.layers()) {
      history.add(historyEntry(created, layer.createdBy(), false));
    }
    String command = String.join("\", \"", source.configuration().command());
    history.add(historyEntry(created, "CMD [\"" + command + "\"]", true));
    return history;
  }

  private static Map<String, Object> historyEntry(
      Instant created, String createdBy, boolean withoutLayer) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("created", created.toString());
    entry.put("created_by", createdBy);
    if (withoutLayer) {
      entry.put("empty_layer", true);
    }
    return entry;
  }
}
