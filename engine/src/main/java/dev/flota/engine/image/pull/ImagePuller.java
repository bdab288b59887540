package dev.flota.engine.image.pull;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.registry.Backoff;
import dev.flota.engine.image.registry.BlobDigestException;
import dev.flota.engine.image.registry.Connections;
import dev.flota.engine.image.registry.Endpoint;
import dev.flota.engine.image.registry.Endpoints;
import dev.flota.engine.image.registry.RegistryClient;
import dev.flota.engine.image.registry.RegistryException;
import dev.flota.engine.image.registry.RegistryException.Reason;
import dev.flota.engine.image.store.ImageStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pulls images: tries a registry's endpoints one after the other. */
public final class ImagePuller {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePuller.class);

  private final LayerSet.Surroundings surroundings;
  private final EngineSettings.Registry settings;
  private final Endpoints endpoints;
  private final Backoff backoff;

  /** Pulls into the store. */
  public ImagePuller(
      LayerSet.Surroundings surroundings, EngineSettings.Registry settings, Backoff backoff) {
    this.surroundings = surroundings;
    this.settings = settings;
    this.endpoints = new Endpoints(settings);
    this.backoff = backoff;
  }

  /**
   * Pulls one image; answers its id.
   *
   * @throws EngineException with Docker's text
   */
  public String pull(
      Reference name,
      @Nullable Platform platform,
      @Nullable RegistryAuth auth,
      ProgressListener listener) {
    Reference reference = name.orLatest();
    ProgressListener progress = new ThrottledProgress(listener);
    ImageStore store = surroundings.store();
    LayerSet layerSet = new LayerSet(surroundings, progress, settings.maxConcurrentDownloads());
    try (Connections connections = new Connections(settings);
        ImageStore.Session session = store.open()) {
      return eachEndpoint(
          reference,
          auth,
          connections,
          client ->
              new PullJob(store, session, layerSet, client, reference, platform, progress).run());
    }
  }

  /** The tags a registry has of a repository. */
  public List<Reference> tags(Reference name, @Nullable RegistryAuth auth) {
    Reference repository = name.repository();
    try (Connections connections = new Connections(settings)) {
      return eachEndpoint(repository, auth, connections, RegistryClient::tags).stream()
          .map(repository::withTag)
          .toList();
    }
  }

  @FunctionalInterface
  private interface Work<T> {
    T with(RegistryClient client) throws IOException;
  }

  private <T> T eachEndpoint(
      Reference reference, @Nullable RegistryAuth auth, Connections connections, Work<T> work) {
    RegistryException failure = null;
    for (Endpoint endpoint : endpoints.forPull(reference.domain())) {
      RegistryClient client =
          RegistryClient.forRepository(endpoint, reference.path(), auth, connections, backoff);
      try {
        return work.with(client);
      } catch (RegistryException e) {
        LOG.info("{} through {}: {}", reference, endpoint.base(), e.text());
        failure = moreTelling(failure, e);
        if (!endpoint.mirror() && e.reason() != Reason.UNREACHABLE) {
          break;
        }
      } catch (InterruptedIOException e) {
        throw new EngineException(ErrorKind.SYSTEM, Interruption.TEXT, e);
      } catch (BlobDigestException | LayerException e) {
        throw new EngineException(ErrorKind.SYSTEM, String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        throw new EngineException(ErrorKind.SYSTEM, DiskTrouble.text(e), e);
      }
    }
    throw failure == null
        ? EngineException.system("no endpoints found for " + reference.familiarName())
        : translated(failure, reference);
  }

  /** What a registry said counts more than that another one could not be asked. */
  private static RegistryException moreTelling(
      @Nullable RegistryException before, RegistryException now) {
    if (before == null || before.reason() == Reason.UNREACHABLE) {
      return now;
    }
    return now.reason() == Reason.UNREACHABLE ? before : now;
  }

  private static EngineException translated(RegistryException failure, Reference reference) {
    String text = failure.text();
    String name = reference.familiarName();
    return switch (failure.reason()) {
      case DENIED ->
          notFound(
              "pull access denied for "
                  + name
                  + ", repository does not exist or may require 'docker login': "
                  + text,
              failure);
      case MANIFEST_UNKNOWN ->
          notFound("manifest for " + reference.familiar() + " not found: " + text, failure);
      case NAME_UNKNOWN -> notFound("repository " + name + " not found: " + text, failure);
      // UNAUTHORIZED as in moby too: at a 401 the CLI would ask for a name in the midst of a pull
      case UNAUTHORIZED, BLOB_UNKNOWN, UNREACHABLE, PASSING, OTHER ->
          new EngineException(ErrorKind.SYSTEM, text, failure);
    };
  }

  private static EngineException notFound(String text, RegistryException cause) {
    return new EngineException(ErrorKind.NOT_FOUND, text, cause);
  }
}
