package dev.flota.engine.image.store;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageUse;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.Removal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What removing an image by a name or an id does: a pure decision, with moby's rules and texts.
 *
 * <table>
 * <caption>Decisions</caption>
 * <tr><td>name, others of the image remain</td><td>untag</td></tr>
 * <tr><td>last name, image used, no force</td><td>conflict (must force)</td></tr>
 * <tr><td>last name, used by a running container, force</td><td>untag only</td></tr>
 * <tr><td>last name, otherwise</td><td>untag and delete</td></tr>
 * <tr><td>id, used by a running container</td><td>conflict (cannot be forced)</td></tr>
 * <tr><td>id, several repositories or a stopped container, no force</td>
 *     <td>conflict (must be forced)</td></tr>
 * <tr><td>id, otherwise</td><td>untag all and delete</td></tr>
 * </table>
 *
 * @param next the catalog afterwards
 * @param removals what Docker reports of it, layers left out
 * @param deleted the image's record when the image is gone for users
 */
public record RemovalPlan(Catalog next, List<Removal> removals, @Nullable ImageRecord deleted) {

  /** Plans the removal of {@code wanted}, as the user wrote it, which names {@code image}. */
  public static RemovalPlan of(
      Catalog catalog, ImageRecord image, String wanted, boolean force, List<ImageUse> users) {
    return new Planner(catalog, image, users, force).plan(wanted);
  }

  private static final class Planner {
    private final ImageRecord image;
    private final List<ImageUse> users;
    private final boolean force;
    private final List<Removal> removals = new ArrayList<>();
    private Catalog catalog;

    Planner(Catalog catalog, ImageRecord image, List<ImageUse> users, boolean force) {
      this.catalog = catalog;
      this.image = image;
      this.users = users;
      this.force = force;
    }

    RemovalPlan plan(String wanted) {
      return isId(wanted) ? byId() : byName(wanted);
    }

    /** A name that happens to be the beginning of the id is a name. */
    private boolean isId(String wanted) {
      String hex = Digest.parse(image.id()).hex();
      if (wanted.equals(hex) || wanted.equals(image.id())) {
        return true;
      }
      boolean beginning = image.id().startsWith(wanted) || hex.startsWith(wanted);
      return beginning && !image.id().equals(catalog.idOf(Reference.parse(wanted)));
    }

    private RemovalPlan byName(String wanted) {
      if (!force && isSingle() && !users.isEmpty()) {
        throw EngineException.conflict(
            "conflict: unable to remove repository reference \""
                + wanted
                + "\" (must force) - container "
                + shortId(users.getFirst())
                + " is using its referenced image "
                + shortId());
      }
      untag(key(Reference.parse(wanted)));
      if (!references().isEmpty() || isRunning()) {
        return new RemovalPlan(catalog, removals, null);
      }
      return delete();
    }

    /** Untags one name, and the digests of its repository that no tag keeps any more. */
    private void untag(Reference name) {
      remove(name);
      boolean tagged =
          references().stream().anyMatch(each -> each.digest() == null && sameName(each, name));
      if (name.digest() == null && !tagged) {
        references().stream().filter(each -> sameName(each, name)).forEach(this::remove);
      }
    }

    private RemovalPlan byId() {
      refuseWhileRunning();
      if (!force && !isSingle()) {
        throw mustBeForced("image is referenced in multiple repositories");
      }
      if (!force && !users.isEmpty()) {
        throw mustBeForced("image is being used by stopped container " + shortId(users.getFirst()));
      }
      references().forEach(this::remove);
      return delete();
    }

    private void refuseWhileRunning() {
      for (ImageUse each : users) {
        if (each.running()) {
          throw EngineException.conflict(
              "conflict: unable to delete "
                  + shortId()
                  + " (cannot be forced) - image is being used by running container "
                  + shortId(each));
        }
      }
    }

    private EngineException mustBeForced(String reason) {
      return EngineException.conflict(
          "conflict: unable to delete " + shortId() + " (must be forced) - " + reason);
    }

    private RemovalPlan delete() {
      removals.add(new Removal.Deleted(image.id()));
      Catalog next =
          users.isEmpty() ? catalog.withoutImage(image.id()) : catalog.withDetached(image.id());
      return new RemovalPlan(next, removals, image);
    }

    private void remove(Reference name) {
      catalog = catalog.withoutReference(name);
      removals.add(new Removal.Untagged(name.familiar()));
    }

    private List<Reference> references() {
      return catalog.referencesTo(image.id());
    }

    private boolean isRunning() {
      return users.stream().anyMatch(ImageUse::running);
    }

    /** At most one tag, and all digests of that tag's repository. */
    private boolean isSingle() {
      List<Reference> all = references();
      long tags = all.stream().filter(each -> each.digest() == null).count();
      Set<String> names = all.stream().map(Reference::name).collect(Collectors.toSet());
      return all.size() <= 1 || (tags <= 1 && names.size() == 1);
    }

    private static boolean sameName(Reference one, Reference other) {
      return one.name().equals(other.name());
    }

    private static Reference key(Reference name) {
      String digest = name.digest();
      return digest == null ? name.orLatest() : name.withDigest(digest);
    }

    private String shortId() {
      return Digest.parse(image.id()).shortForm();
    }

    private static String shortId(ImageUse use) {
      String id = use.containerId();
      return id.substring(0, Math.min(id.length(), 12));
    }
  }
}
