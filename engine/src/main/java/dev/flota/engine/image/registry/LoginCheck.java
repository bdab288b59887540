package dev.flota.engine.image.registry;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.AuthResult;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.registry.RegistryException.Reason;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds out whether a registry takes credentials, for {@code docker login}. */
public final class LoginCheck {
  private static final String HUB = "index.docker.io";

  private final EngineSettings.Registry settings;
  private final Endpoints endpoints;
  private final Backoff backoff;

  /** With the settings' registries. */
  public LoginCheck(EngineSettings.Registry settings, Backoff backoff) {
    this.settings = settings;
    this.endpoints = new Endpoints(settings);
    this.backoff = backoff;
  }

  /** See {@link dev.flota.engine.image.Images#login}. */
  public AuthResult login(RegistryAuth auth) {
    EngineException failure =
        EngineException.system("no endpoints found for " + auth.serverAddress());
    try (Connections connections = new Connections(settings)) {
      for (Endpoint endpoint : endpointsOf(auth)) {
        try {
          return login(RegistryClient.forLogin(endpoint, auth, connections, backoff));
        } catch (RegistryException e) {
          failure = translated(e);
          if (e.reason() != Reason.UNREACHABLE) {
            break;
          }
        } catch (IOException e) {
          throw EngineException.system(String.valueOf(e.getMessage()), e);
        }
      }
    }
    throw failure;
  }

  private List<Endpoint> endpointsOf(RegistryAuth auth) {
    try {
      return endpoints.direct(domain(auth.serverAddress()));
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          ErrorKind.INVALID, "unable to parse server address: " + auth.serverAddress(), e);
    }
  }

  private static AuthResult login(RegistryClient client) throws IOException {
    int status = client.version();
    if (status == 200) {
      return new AuthResult("Login Succeeded", client.identityToken());
    }
    throw new RegistryException(
        status == 401 ? Reason.UNAUTHORIZED : Reason.OTHER,
        "login attempt to "
            + client.endpoint().resolve("")
            + " failed with status: "
            + status
            + " "
            + StatusText.of(status));
  }

  private static EngineException translated(RegistryException failure) {
    ErrorKind kind =
        failure.reason() == Reason.UNAUTHORIZED ? ErrorKind.UNAUTHORIZED : ErrorKind.SYSTEM;
    return new EngineException(kind, failure.text(), failure);
  }

  /** The registry that a server address means: Docker Hub's has a form of its own. */
  static String domain(@Nullable String serverAddress) {
    if (serverAddress == null || serverAddress.isEmpty()) {
      return Reference.DOCKER_HUB;
    }
    String address = serverAddress;
    if (address.contains("://")) {
      String authority = authority(address);
      address = authority.isEmpty() ? address : authority;
    }
    int slash = address.indexOf('/');
    String domain = slash < 0 ? address : address.substring(0, slash);
    boolean hub = domain.equals(HUB) || domain.equals(Reference.DOCKER_HUB);
    return hub || domain.equals("registry-1.docker.io") ? Reference.DOCKER_HUB : domain;
  }

  private static String authority(String url) {
    String authority = URI.create(url).getRawAuthority();
    return authority == null ? "" : authority;
  }
}
