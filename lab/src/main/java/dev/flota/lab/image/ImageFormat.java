package dev.flota.lab.image;

/** The two families of media types, which differ in little else. */
enum ImageFormat {
  OCI(
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.config.v1+json"),
  DOCKER(
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.container.image.v1+json");

  private final String manifestType;
  private final String indexType;
  private final String configurationType;

  ImageFormat(String manifestType, String indexType, String configurationType) {
    this.manifestType = manifestType;
    this.indexType = indexType;
    this.configurationType = configurationType;
  }

  String manifestType() {
    return manifestType;
  }

  String indexType() {
    return indexType;
  }

  String configurationType() {
    return configurationType;
  }

  /** Docker's own format knows gzip alone. */
  String layerType(LayerCompression compression) {
    return switch (this) {
      case OCI ->
          switch (compression) {
            case GZIP -> "application/vnd.oci.image.layer.v1.tar+gzip";
            case ZSTD -> "application/vnd.oci.image.layer.v1.tar+zstd";
          };
      case DOCKER ->
          switch (compression) {
            case GZIP -> "application/vnd.docker.image.rootfs.diff.tar.gzip";
            case ZSTD ->
                throw new IllegalArgumentException("Docker's image format has no zstd layers");
          };
    };
  }
}
