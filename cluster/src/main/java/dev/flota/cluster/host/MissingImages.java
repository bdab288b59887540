package dev.flota.cluster.host;

import dev.flota.cluster.directory.Directory;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Reference;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches images that this host lacks from those that have them, by the same way as a pull's layers
 * come from other hosts, or from the registry when all who have them are lost; all digests are
 * checked. Several who want the same image wait for one transfer.
 */
public final class MissingImages {
  private static final Logger LOG = LoggerFactory.getLogger(MissingImages.class);

  private final LocalHost host;
  private final Directory directory;
  private final ImageSource source;
  private final Executor transfers;
  private final ConcurrentMap<String, CompletableFuture<String>> running =
      new ConcurrentHashMap<>();

  /** Brings what that host lacks. */
  public MissingImages(
      LocalHost host, Directory directory, ImageSource source, Executor transfers) {
    this.host = host;
    this.directory = directory;
    this.source = source;
    this.transfers = transfers;
  }

  /**
   * Completes with its id once this host has what the fleet calls so.
   *
   * @param imageId the image meant; another one of that name here gives the name up
   * @param holders hosts that the one who asks knows to have it: this one may not have heard yet
   */
  public CompletableFuture<String> ensure(
      String reference, String imageId, Collection<String> holders) {
    if (has(reference, imageId)) {
      return CompletableFuture.completedFuture(imageId);
    }
    CompletableFuture<String> transfer =
        running.computeIfAbsent(
            imageId + " " + reference,
            key ->
                CompletableFuture.supplyAsync(() -> fetch(reference, imageId, holders), transfers));
    var _ =
        transfer.whenComplete((id, failure) -> running.remove(imageId + " " + reference, transfer));
    return transfer;
  }

  private boolean has(String reference, String imageId) {
    try {
      return host.images().find(reference).id().equals(imageId);
    } catch (EngineException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private String fetch(String reference, String imageId, Collection<String> told) {
    Set<String> holders = new LinkedHashSet<>(told);
    holders.addAll(directory.images(host.images().list()).hostsWith(imageId));
    holders.remove(directory.ownHost());
    EngineException last =
        EngineException.notFound(
            "No such image: " + reference + " on any host that can be reached");
    for (String holder : holders) {
      try {
        host.images().receive(source.parcel(holder, imageId), reference, progress -> {});
        name(reference, imageId);
        host.events().publish("image", "load", imageId, Map.of("name", reference));
        return imageId;
      } catch (EngineException e) {
        last = e;
      }
      LOG.warn("{} did not come from {}", reference, holder, last);
    }
    fromRegistry(reference, imageId, last);
    return imageId;
  }

  /** It came from a host, or by a name, that does not call it so. */
  private void name(String reference, String imageId) {
    if (!has(reference, imageId)) {
      host.images().tag(imageId, Reference.parse(reference).orLatest());
    }
  }

  /** What the last host has taken with it may still be where it was pulled from, by its digest. */
  private void fromRegistry(String reference, String imageId, EngineException refusal) {
    List<String> digests =
        directory.goods().values().stream()
            .flatMap(goods -> goods.images().stream())
            .filter(image -> image.id().equals(imageId))
            .flatMap(image -> image.repoDigests().stream())
            .distinct()
            .toList();
    for (String digest : digests) {
      try {
        host.images().pull(Reference.parse(digest), null, null, progress -> {});
        name(reference, imageId);
        host.events().publish("image", "pull", digest, Map.of("name", reference));
        return;
      } catch (EngineException e) {
        LOG.warn("{} did not come from its registry as {}", reference, digest, e);
      }
    }
    throw refusal;
  }
}
