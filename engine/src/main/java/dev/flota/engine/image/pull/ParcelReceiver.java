package dev.flota.engine.image.pull;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.image.ImageParcel;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.store.Catalog;
import dev.flota.engine.image.store.ChainId;
import dev.flota.engine.image.store.ImageRecord;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an image of what another host hands over, and of its layers. */
public record ParcelReceiver(LayerSet.Surroundings surroundings, EngineSettings.Registry settings) {

  /**
   * Makes the image known here by all its names, except those that mean another image here.
   *
   * @param wanted the name that shall mean this image from now on, whatever it meant
   * @throws EngineException when the parcel is not what its digests say, or no host gives a layer
   */
  public void receive(ImageParcel parcel, String wanted, ProgressListener progress) {
    ImageStore store = surroundings.store();
    try (ImageStore.Session session = store.open()) {
      for (Map.Entry<String, String> document : parcel.documents().entrySet()) {
        keep(session, Digest.parse(document.getKey()), document.getValue());
      }
      ImageConfig config = store.config(parcel.id());
      List<Digest> diffIds = config.rootfs().diffIds().stream().map(Digest::parse).toList();
      if (diffIds.size() != parcel.layers().size()) {
        throw EngineException.invalid(
            "layers of " + parcel.id() + " don't match its configuration");
      }
      List<Digest> chain = ChainId.of(diffIds);
      List<Layer> layers =
          new LayerSet(surroundings, progress, settings.maxConcurrentDownloads())
              .obtain(ParcelReceiver::nowhere, session, parcel.layers(), chain, diffIds);
      commit(parcel, wanted, record(parcel, chain, layers));
    } catch (InterruptedIOException e) {
      throw EngineException.system(Interruption.TEXT, e);
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
  }

  private void keep(ImageStore.Session session, Digest digest, String base64) throws IOException {
    byte[] content = Base64.getDecoder().decode(base64);
    MessageDigest hash = digest.newHash();
    hash.update(content);
    if (!digest.sameKind(hash).equals(digest)) {
      throw EngineException.invalid("this is not what " + digest + " names");
    }
    session.hold(digest);
    surroundings.store().blobs().put(digest, content);
  }

  private static Carrier nowhere(Descriptor layer) throws IOException {
    throw new LayerException("no host gives the layer " + layer.digest());
  }

  private static ImageRecord record(ImageParcel parcel, List<Digest> chain, List<Layer> layers) {
    return new ImageRecord(
        parcel.id(),
        parcel.manifest(),
        parcel.index(),
        chain.stream().map(Digest::toString).toList(),
        layers.stream().mapToLong(Layer::size).sum(),
        null,
        false);
  }

  private void commit(ImageParcel parcel, String wanted, ImageRecord image) {
    String now = Instant.now().toString();
    surroundings
        .store()
        .update(
            catalog -> {
              @Nullable ImageRecord known = catalog.image(image.id());
              Catalog next =
                  known != null && known.manifest() != null ? catalog : catalog.withImage(image);
              for (String name : parcel.names()) {
                Reference reference = Reference.parse(name);
                String before = next.idOf(reference);
                if (before == null || isWanted(reference, wanted)) {
                  next = next.withReference(reference, image.id(), now);
                }
              }
              return next;
            });
  }

  private static boolean isWanted(Reference reference, String wanted) {
    return reference.toString().equals(wanted) || reference.familiar().equals(wanted);
  }
}
