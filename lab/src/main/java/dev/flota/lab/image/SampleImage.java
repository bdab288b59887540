package dev.flota.lab.image;

import java.util.List;

/**
 * An image of the registry: a repository, the tags that all mean it, and one source for each
 * platform. More than one source makes an image index.
 */
record SampleImage(String repository, List<String> tags, List<ImageSource> sources) {
  SampleImage {
    tags = List.copyOf(tags);
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("an image without a source: " + repository);
    }
  }

  ImageFormat format() {
    return sources.getFirst().format();
  }
}
