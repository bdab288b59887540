package dev.flota.lab.image;

import dev.flota.lab.image.ImageSource.LayerSource;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * The lab's sample images: what Docker Hub's images of the same names look like from outside, made
 * of Debian's packages. The trees come from {@code lab/images/make-trees.sh}.
 */
final class SampleImages {
  private static final String BUSYBOX = "library/busybox";

  private final Path trees;
  private final Properties versions;

  private SampleImages(Path trees, Properties versions) {
    this.trees = trees;
    this.versions = versions;
  }

  static SampleImages of(Path trees) throws IOException {
    return new SampleImages(trees, versions(trees));
  }

  private static Properties versions(Path trees) throws IOException {
    Properties versions = new Properties();
    try (Reader reader = Files.newBufferedReader(trees.resolve("versions"))) {
      versions.load(reader);
    }
    return versions;
  }

  /** Every image that a lab has from the start. */
  List<SampleImage> all() {
    return List.of(
        helloWorld(),
        busybox(),
        busyboxZstd(),
        busyboxDocker(),
        alpine(),
        debian(),
        nginx(),
        redis(),
        python());
  }

  /** A large image for measuring pulls, of a layer that hardly compresses. */
  SampleImage big(Path tree) {
    return new SampleImage(
        "library/big",
        List.of("latest"),
        List.of(
            gzip(
                Platform.LINUX_AMD64,
                ImageFormat.OCI,
                RunConfiguration.command("sh"),
                layer("busybox-amd64", "COPY busybox / # buildkit"),
                new LayerSource(tree, "COPY data /data # buildkit"))));
  }

  /**
   * An image made on demand, of a program that is large.
   *
   * @param directory what {@code lab/images/programs/make-tree.sh} made: the layer on top of
   *     Debian's, and its version
   */
  SampleImage program(String name, Path directory) throws IOException {
    String version = version(versions(directory), name);
    return new SampleImage(
        "library/" + name,
        List.of("latest", Programs.major(version), version),
        List.of(
            onDebian(
                Programs.configuration(name, version),
                new LayerSource(directory.resolve(name), installed(name)))));
  }

  private SampleImage helloWorld() {
    return new SampleImage(
        "library/hello-world",
        List.of("latest", "linux"),
        List.of(
            gzip(
                Platform.LINUX_AMD64,
                ImageFormat.OCI,
                RunConfiguration.command("/hello"),
                layer("hello", "COPY hello / # buildkit"))));
  }

  private SampleImage busybox() {
    return new SampleImage(
        BUSYBOX,
        List.of("latest", version("busybox")),
        List.of(busyboxSource(ImageFormat.OCI, LayerCompression.GZIP)));
  }

  private SampleImage busyboxZstd() {
    return new SampleImage(
        BUSYBOX, List.of("zstd"), List.of(busyboxSource(ImageFormat.OCI, LayerCompression.ZSTD)));
  }

  private SampleImage busyboxDocker() {
    return new SampleImage(
        BUSYBOX,
        List.of("schema2"),
        List.of(busyboxSource(ImageFormat.DOCKER, LayerCompression.GZIP)));
  }

  private ImageSource busyboxSource(ImageFormat format, LayerCompression compression) {
    return new ImageSource(
        Platform.LINUX_AMD64,
        format,
        compression,
        RunConfiguration.command("sh"),
        List.of(layer("busybox-amd64", "BusyBox " + version("busybox") + " (Debian, static)")));
  }

  private SampleImage alpine() {
    return new SampleImage(
        "library/alpine",
        List.of("latest", version("busybox")),
        List.of(alpineSource(Platform.LINUX_AMD64), alpineSource(Platform.LINUX_ARM64)));
  }

  private ImageSource alpineSource(Platform platform) {
    RunConfiguration configuration =
        RunConfiguration.command("/bin/sh")
            .withLabels(
                Map.of(
                    "dev.flota.lab.stand-in",
                    "true",
                    "org.opencontainers.image.description",
                    "A stand-in for Alpine Linux made of Debian's busybox-static; it has no apk.",
                    "org.opencontainers.image.title",
                    "Flota lab stand-in for Alpine Linux"));
    return gzip(
        platform,
        ImageFormat.OCI,
        configuration,
        layer("alpine-" + platform.architecture(), "ADD stand-in-rootfs.tar.gz / # buildkit"));
  }

  private SampleImage debian() {
    return new SampleImage(
        "library/debian",
        List.of("latest", "trixie", version("debian")),
        List.of(
            gzip(
                Platform.LINUX_AMD64,
                ImageFormat.OCI,
                RunConfiguration.command("bash"),
                debianLayer())));
  }

  private SampleImage nginx() {
    RunConfiguration configuration =
        RunConfiguration.command("nginx", "-g", "daemon off;")
            .withExposedPort("80/tcp")
            .withStopSignal("SIGQUIT");
    return onDebian("nginx", configuration);
  }

  private SampleImage redis() {
    RunConfiguration configuration =
        RunConfiguration.command("redis-server", "--bind", "0.0.0.0", "--protected-mode", "no")
            .withExposedPort("6379/tcp")
            .withVolume("/data")
            .withWorkingDirectory("/data");
    return onDebian("redis", configuration);
  }

  private SampleImage python() {
    return onDebian("python", RunConfiguration.command("python3"));
  }

  private SampleImage onDebian(String name, RunConfiguration configuration) {
    return new SampleImage(
        "library/" + name,
        List.of("latest", version(name)),
        List.of(onDebian(configuration, layer(name, installed(name)))));
  }

  private ImageSource onDebian(RunConfiguration configuration, LayerSource layer) {
    return gzip(Platform.LINUX_AMD64, ImageFormat.OCI, configuration, debianLayer(), layer);
  }

  private static String installed(String name) {
    return "RUN /bin/sh -c apt-get install -y " + name + " # buildkit";
  }

  private LayerSource debianLayer() {
    return layer("debian", "# debian.sh --arch 'amd64' out/ 'trixie'");
  }

  private LayerSource layer(String tree, String createdBy) {
    return new LayerSource(trees.resolve(tree), createdBy);
  }

  private static ImageSource gzip(
      Platform platform,
      ImageFormat format,
      RunConfiguration configuration,
      LayerSource... layers) {
    return new ImageSource(platform, format, LayerCompression.GZIP, configuration, List.of(layers));
  }

  private String version(String name) {
    return version(versions, name);
  }

  private static String version(Properties versions, String name) {
    String version = versions.getProperty(name);
    if (version == null) {
      throw new IllegalStateException("the trees do not say which version " + name + " has");
    }
    return version;
  }
}
