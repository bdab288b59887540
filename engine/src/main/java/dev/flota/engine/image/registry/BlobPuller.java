package dev.flota.engine.image.registry;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.registry.RegistryException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Map;

/**
 * {@code GET /v2/NAME/blobs/DIGEST}, the whole or the rest from an offset (RFC 9110 section 14).
 *
 * @param offset bytes that are here already
 */
record BlobPuller(String repository, Digest digest, long offset)
    implements RegistryCall<InputStream> {

  @Override
  public String path() {
    return repository + "/blobs/" + digest;
  }

  @Override
  public Map<String, String> headers() {
    return offset == 0 ? Map.of() : Map.of("Range", "bytes=" + offset + "-");
  }

  @Override
  public boolean understands(int status) {
    return status == 200 || (status == 206 && offset > 0);
  }

  /** The blob from the offset on, also where the registry sends all of it again. */
  @Override
  public InputStream answer(HttpResponse<InputStream> response) throws IOException {
    InputStream body = response.body();
    if (response.statusCode() == 200) {
      body.skipNBytes(offset);
      return body;
    }
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + offset + "-")) {
      body.close();
      throw new RegistryException(
          Reason.PASSING, "registry sent the range \"" + range + "\" from offset " + offset);
    }
    return body;
  }
}
