package dev.flota.engine.image.manifest;

import java.util.List;

/** The media types of manifests and of what they name (OCI image-spec 1.1, Docker schema 2). */
public final class MediaType {
  /** OCI image manifest. */
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** OCI image index. */
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  /** OCI image configuration. */
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

  /** OCI layer, not compressed. */
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  /** OCI layer, compressed by zstd. */
  public static final String OCI_LAYER_ZSTD = OCI_LAYER + "+zstd";

  /** Docker image manifest, version 2 schema 2. */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Docker manifest list. */
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** Docker image configuration. */
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

  /** Docker image manifest, version 2 schema 1, signed. */
  public static final String DOCKER_SCHEMA_1_SIGNED =
      "application/vnd.docker.distribution.manifest.v1+prettyjws";

  /** Docker image manifest, version 2 schema 1. */
  public static final String DOCKER_SCHEMA_1 =
      "application/vnd.docker.distribution.manifest.v1+json";

  /** What a pull accepts; schema 1 only in order to refuse it by name. */
  public static final List<String> MANIFESTS =
      List.of(DOCKER_LIST, OCI_INDEX, DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_SCHEMA_1_SIGNED);

  private MediaType() {}

  /** Whether it is a list of manifests, one for each platform. */
  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_LIST);
  }

  /** Whether it is an image's manifest. */
  public static boolean isManifest(String mediaType) {
    return mediaType.equals(OCI_MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
  }

  /** Whether it is the old form that is refused. */
  public static boolean isSchema1(String mediaType) {
    return mediaType.equals(DOCKER_SCHEMA_1) || mediaType.equals(DOCKER_SCHEMA_1_SIGNED);
  }

  /** Whether it is the configuration of an image that containers are made of. */
  public static boolean isImageConfig(String mediaType) {
    return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }
}
