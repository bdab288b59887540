package dev.flota.engine.image.registry;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Reference;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** The ways to reach a registry, in the order in which they are tried. */
public final class Endpoints {
  private static final String HUB_HOST = "registry-1.docker.io";

  private final EngineSettings.Registry settings;

  /**
   * As the settings say.
   *
   * @throws EngineException INVALID when a mirror is no URL
   */
  public Endpoints(EngineSettings.Registry settings) {
    this.settings = settings;
    settings.mirrors().forEach(Endpoints::check);
  }

  private static void check(String mirror) {
    try {
      URI uri = URI.create(mirror);
      boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (known && uri.getRawAuthority() != null && uri.getRawQuery() == null) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw new EngineException(ErrorKind.INVALID, "invalid mirror: \"" + mirror + "\"", e);
    }
    throw EngineException.invalid("invalid mirror: \"" + mirror + "\"");
  }

  /** For pulling from the registry {@code domain}: with the mirrors of Docker Hub. */
  public List<Endpoint> forPull(String domain) {
    List<Endpoint> endpoints = new ArrayList<>();
    if (domain.equals(Reference.DOCKER_HUB)) {
      settings.mirrors().forEach(each -> endpoints.add(mirror(each)));
    }
    endpoints.addAll(direct(domain));
    return endpoints;
  }

  /** Without mirrors. */
  public List<Endpoint> direct(String domain) {
    if (domain.equals(Reference.DOCKER_HUB)) {
      return List.of(new Endpoint(URI.create("https://" + HUB_HOST), false, true));
    }
    boolean insecure = isInsecure(domain);
    Endpoint tls = new Endpoint(URI.create("https://" + domain), false, !insecure);
    return insecure
        ? List.of(tls, new Endpoint(URI.create("http://" + domain), false, false))
        : List.of(tls);
  }

  private Endpoint mirror(String url) {
    String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    URI uri = URI.create(base);
    return new Endpoint(uri, true, !isInsecure(uri.getRawAuthority()));
  }

  /** Whether a registry may speak plain HTTP or show a certificate that nobody vouches for. */
  boolean isInsecure(String domain) {
    String host = hostOf(domain);
    if (settings.insecure().contains(domain) || settings.insecure().contains(host)) {
      return true;
    }
    List<AddressRange> ranges = new ArrayList<>(AddressRange.LOOPBACK);
    settings.insecure().forEach(each -> AddressRange.parse(each).ifPresent(ranges::add));
    return addresses(host).stream()
        .anyMatch(address -> ranges.stream().anyMatch(range -> range.contains(address)));
  }

  private static List<InetAddress> addresses(String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      // Who has no address is in no range; connecting to it will tell the user.
      return List.of();
    }
  }

  /** The host without port and brackets. */
  static String hostOf(String domain) {
    if (domain.startsWith("[")) {
      return domain.substring(1, Math.max(domain.indexOf(']'), 1));
    }
    int colon = domain.lastIndexOf(':');
    return colon < 0 ? domain : domain.substring(0, colon);
  }
}
