package dev.flota.lab.image;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Sends images to a registry that asks for no login.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push">OCI
 *     distribution specification, push</a>
 */
final class RegistryPublisher implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final URI registry;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Set<String> sent = new HashSet<>();

  RegistryPublisher(URI registry) {
    this.registry = registry;
  }

  /** Sends an image and lets its tags mean it; what the registry has already is not sent again. */
  void publish(SampleImage image, List<AssembledImage> assembled)
      throws IOException, InterruptedException {
    for (AssembledImage one : assembled) {
      for (Layer layer : one.layers()) {
        sendBlob(image.repository(), layer.digest(), BodyPublishers.ofFile(layer.file()));
      }
      Document configuration = one.configuration();
      sendBlob(
          image.repository(),
          configuration.digest(),
          BodyPublishers.ofString(configuration.text()));
      sendManifest(image.repository(), one.manifest().digest(), one.manifest());
    }
    Document meant =
        assembled.size() == 1
            ? assembled.getFirst().manifest()
            : AssembledImage.index(image.format(), assembled);
    for (String tag : image.tags()) {
      sendManifest(image.repository(), tag, meant);
    }
  }

  private void sendBlob(String repository, String digest, BodyPublisher content)
      throws IOException, InterruptedException {
    if (!sent.add(repository + "@" + digest) || hasBlob(repository, digest)) {
      return;
    }
    HttpResponse<String> started =
        send(
            request("/v2/" + repository + "/blobs/uploads/").POST(BodyPublishers.noBody()).build(),
            202);
    String location =
        started
            .headers()
            .firstValue("Location")
            .orElseThrow(() -> new IOException("the registry names no place for an upload"));
    URI target = registry.resolve(location);
    String separator = target.getRawQuery() == null ? "?" : "&";
    send(
        HttpRequest.newBuilder(URI.create(target + separator + "digest=" + digest))
            .timeout(PATIENCE)
            .header("Content-Type", "application/octet-stream")
            .PUT(content)
            .build(),
        201);
  }

  private boolean hasBlob(String repository, String digest)
      throws IOException, InterruptedException {
    HttpRequest question = request("/v2/" + repository + "/blobs/" + digest).HEAD().build();
    return client.send(question, BodyHandlers.discarding()).statusCode() == 200;
  }

  private void sendManifest(String repository, String reference, Document manifest)
      throws IOException, InterruptedException {
    send(
        request("/v2/" + repository + "/manifests/" + reference)
            .header("Content-Type", manifest.mediaType())
            .PUT(BodyPublishers.ofString(manifest.text()))
            .build(),
        201);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(registry.resolve(path)).timeout(PATIENCE);
  }

  private HttpResponse<String> send(HttpRequest request, int expected)
      throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != expected) {
      throw new IOException(
          "%s %s: status %d instead of %d: %s"
              .formatted(
                  request.method(),
                  request.uri(),
                  response.statusCode(),
                  expected,
                  response.body()));
    }
    return response;
  }

  @Override
  public void close() {
    client.close();
  }
}
