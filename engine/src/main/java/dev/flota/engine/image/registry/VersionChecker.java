package dev.flota.engine.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;

/** {@code GET /v2/}: whether a registry is there and takes the credentials; answers the status. */
record VersionChecker() implements RegistryCall<Integer> {
  @Override
  public String path() {
    return "";
  }

  @Override
  public boolean understands(int status) {
    return true;
  }

  @Override
  public Integer answer(HttpResponse<InputStream> response) throws IOException {
    response.body().close();
    return response.statusCode();
  }
}
