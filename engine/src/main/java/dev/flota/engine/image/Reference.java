package dev.flota.engine.image;

import dev.flota.engine.EngineException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image: {@code domain/path[:tag][@digest]}, by the grammar and the normalisation of
 * the distribution project's "reference" package, which Docker uses.
 *
 * @param domain registry, {@code docker.io} for Docker Hub
 * @param path repository inside the registry, {@code library/alpine}
 * @param tag what follows the colon
 * @param digest {@code algorithm:hex}
 */
public record Reference(String domain, String path, @Nullable String tag, @Nullable String digest) {
  /** The domain of Docker Hub's images. */
  public static final String DOCKER_HUB = "docker.io";

  private static final String LEGACY_HUB = "index.docker.io";
  private static final String OFFICIAL_PREFIX = "library/";
  private static final String DEFAULT_TAG = "latest";
  private static final int NAME_LIMIT = 255;

  private static final String DOMAIN_LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
  private static final String DOMAIN =
      "(?:" + DOMAIN_LABEL + "(?:\\." + DOMAIN_LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
  private static final String PATH_COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final String PATH = PATH_COMPONENT + "(?:/" + PATH_COMPONENT + ")*";
  private static final String TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
  private static final String DIGEST =
      "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?<domain>"
              + DOMAIN
              + ")/(?<path>"
              + PATH
              + ")(?::(?<tag>"
              + TAG
              + "))?"
              + "(?:@(?<digest>"
              + DIGEST
              + "))?");
  private static final Pattern TAG_ONLY = Pattern.compile(TAG);
  private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");

  /**
   * Reads what a user writes: {@code alpine} is {@code docker.io/library/alpine}; no tag is added.
   *
   * @throws EngineException INVALID with Docker's text
   */
  public static Reference parse(String text) {
    if (IDENTIFIER.matcher(text).matches()) {
      throw EngineException.invalid(
          "invalid repository name (" + text + "), cannot specify 64-byte hexadecimal strings");
    }
    String[] parts = splitDomain(text);
    String remote = beforeColon(parts[1]);
    if (!remote.toLowerCase(Locale.ROOT).equals(remote)) {
      throw EngineException.invalid(
          "invalid reference format: repository name (" + remote + ") must be lowercase");
    }
    Matcher matcher = REFERENCE.matcher(parts[0] + "/" + parts[1]);
    if (!matcher.matches()) {
      throw EngineException.invalid("invalid reference format");
    }
    String domain = matcher.group("domain");
    String path = matcher.group("path");
    if (path.length() > NAME_LIMIT || domain.length() + 1 + path.length() > NAME_LIMIT) {
      throw EngineException.invalid("repository name must not be more than 255 characters");
    }
    return new Reference(domain, path, matcher.group("tag"), checked(matcher.group("digest")));
  }

  /** The repository's name as users write it: {@code alpine}, {@code ghcr.io/a/b}. */
  public String familiarName() {
    if (!domain.equals(DOCKER_HUB)) {
      return domain + "/" + path;
    }
    boolean official =
        path.startsWith(OFFICIAL_PREFIX) && path.indexOf('/', OFFICIAL_PREFIX.length()) < 0;
    return official ? path.substring(OFFICIAL_PREFIX.length()) : path;
  }

  /** The whole reference as users write it. */
  public String familiar() {
    return familiarName() + suffix();
  }

  /** The repository's full name: {@code docker.io/library/alpine}. */
  public String name() {
    return domain + "/" + path;
  }

  /** The full form; {@link #parse} reads it back. */
  @Override
  public String toString() {
    return name() + suffix();
  }

  /** Whether it has neither tag nor digest. */
  public boolean isNameOnly() {
    return tag == null && digest == null;
  }

  /** The same with {@code latest} where neither tag nor digest is given. */
  public Reference orLatest() {
    return isNameOnly() ? new Reference(domain, path, DEFAULT_TAG, null) : this;
  }

  /** The repository with another tag and no digest. */
  public Reference withTag(String newTag) {
    if (!TAG_ONLY.matcher(newTag).matches()) {
      throw EngineException.invalid("invalid tag format");
    }
    return new Reference(domain, path, newTag, null);
  }

  /** The repository with a digest and no tag. */
  public Reference withDigest(String newDigest) {
    return new Reference(domain, path, null, checked(newDigest));
  }

  /** The repository alone. */
  public Reference repository() {
    return new Reference(domain, path, null, null);
  }

  private String suffix() {
    return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  private static String[] splitDomain(String text) {
    int slash = text.indexOf('/');
    String first = slash < 0 ? "" : text.substring(0, slash);
    if (!isDomain(first)) {
      String path = slash < 0 ? OFFICIAL_PREFIX + text : text;
      return new String[] {DOCKER_HUB, path};
    }
    String domain = first.equals(LEGACY_HUB) ? DOCKER_HUB : first;
    String path = text.substring(slash + 1);
    boolean official = domain.equals(DOCKER_HUB) && path.indexOf('/') < 0;
    return new String[] {domain, official ? OFFICIAL_PREFIX + path : path};
  }

  private static boolean isDomain(String first) {
    return first.equals("localhost")
        || first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || !first.toLowerCase(Locale.ROOT).equals(first);
  }

  private static String beforeColon(String path) {
    int colon = path.indexOf(':');
    return colon < 0 ? path : path.substring(0, colon);
  }

  private static @Nullable String checked(@Nullable String digest) {
    return digest == null ? null : Digest.parse(digest).toString();
  }
}
