package dev.flota.lab.image;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Builds the sample images and sends them to a registry: {@code lab up} runs it once. */
@Command(name = "publish-sample-images", mixinStandardHelpOptions = true)
@NullUnmarked // picocli fills the fields in
public final class PublishSampleImages implements Callable<Integer> {
  /** What every image says of its age; no file in a layer is younger. */
  private static final Instant CREATED = Instant.parse("2026-11-01T00:00:00Z");

  @Option(names = "--trees", required = true, description = "what make-trees.sh made")
  private Path trees;

  @Option(names = "--registry", required = true, paramLabel = "URL")
  private URI registry;

  @Option(names = "--big", paramLabel = "TREE", description = "only the big image, of this tree")
  private Path bigTree;

  @Option(
      names = "--program",
      paramLabel = "NAME=DIRECTORY",
      description = "only the image of this program, of what programs/make-tree.sh made")
  private Map<String, Path> programs = new TreeMap<>();

  private PublishSampleImages() {}

  /** Exits with 0 once all images are in the registry. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PublishSampleImages()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    SampleImages catalogue = SampleImages.of(trees);
    Path work = Files.createTempDirectory("flota-layers-");
    try (RegistryPublisher publisher = new RegistryPublisher(registry)) {
      LayerBuilder layers = new LayerBuilder(work, CREATED);
      for (SampleImage image : chosen(catalogue)) {
        publisher.publish(image, assemble(image, layers));
        System.out.println(image.repository() + ": " + String.join(", ", image.tags()));
      }
    } finally {
      deleteLayers(work);
    }
    return 0;
  }

  private List<SampleImage> chosen(SampleImages catalogue) throws IOException {
    List<SampleImage> chosen = new ArrayList<>();
    if (bigTree != null) {
      chosen.add(catalogue.big(bigTree));
    }
    for (Map.Entry<String, Path> program : programs.entrySet()) {
      chosen.add(catalogue.program(program.getKey(), program.getValue()));
    }
    return chosen.isEmpty() ? catalogue.all() : chosen;
  }

  private static List<AssembledImage> assemble(SampleImage image, LayerBuilder builder)
      throws IOException {
    List<AssembledImage> assembled = new ArrayList<>();
    for (ImageSource source : image.sources()) {
      List<Layer> layers = new ArrayList<>();
      for (ImageSource.LayerSource layer : source.layers()) {
        layers.add(builder.build(layer.tree(), source.compression()));
      }
      assembled.add(AssembledImage.of(source, layers, CREATED));
    }
    return assembled;
  }

  private static void deleteLayers(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
