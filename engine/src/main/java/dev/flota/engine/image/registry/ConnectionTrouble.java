package dev.flota.engine.image.registry;

import dev.flota.engine.image.registry.RegistryException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** Turns what the JDK says of a failed request into what Go says, which Docker shows. */
final class ConnectionTrouble {
  private ConnectionTrouble() {}

  /** {@code Get "https://…": dial tcp …}. */
  static RegistryException of(String method, URI uri, IOException failure) {
    if (brokeOff(failure)) {
      // The answer had begun: its body may break off before anybody has read of it.
      return new RegistryException(Reason.PASSING, "unexpected EOF", failure);
    }
    String request = verb(method) + " \"" + uri + "\": ";
    Reason reason = reason(failure);
    return new RegistryException(reason, request + text(uri, failure), failure);
  }

  /** Whether less came than was announced, as the JDK says it. */
  static boolean brokeOff(IOException failure) {
    return String.valueOf(failure.getMessage()).contains("bytes received");
  }

  /** Go's way to write a method before a URL. */
  static String verb(String method) {
    return method.substring(0, 1) + method.substring(1).toLowerCase(Locale.ROOT);
  }

  private static Reason reason(IOException failure) {
    boolean unreachable =
        failure instanceof ConnectException
            || failure instanceof HttpTimeoutException
            || failure instanceof SSLException;
    return unreachable ? Reason.UNREACHABLE : Reason.PASSING;
  }

  private static String text(URI uri, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case HttpConnectTimeoutException e -> "dial tcp " + address(uri) + ": i/o timeout";
      case HttpTimeoutException e -> "net/http: timeout awaiting response headers";
      case ConnectException e when has(e, UnresolvedAddressException.class) ->
          "dial tcp: lookup " + uri.getHost() + ": no such host";
      case ConnectException e -> "dial tcp " + address(uri) + ": connect: " + connect(message);
      case SSLException e -> tls(uri, e, message);
      default -> connection(message);
    };
  }

  private static String connect(String message) {
    return message.equals("null") ? "connection refused" : message.toLowerCase(Locale.ROOT);
  }

  private static String tls(URI uri, SSLException failure, String message) {
    if (message.contains("Unsupported or unrecognized SSL message")) {
      return "http: server gave HTTP response to HTTPS client";
    }
    if (has(failure, CertPathBuilderException.class)
        || has(failure, CertPathValidatorException.class)) {
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    }
    if (message.contains("subject alternative") || message.contains("No name matching")) {
      return "tls: failed to verify certificate: x509: certificate is not valid for "
          + uri.getHost();
    }
    return "remote error: tls: " + message;
  }

  private static String connection(String message) {
    if (message.contains("header parser received no bytes") || message.contains("EOF")) {
      return "EOF";
    }
    return message.contains("reset") ? "connection reset by peer" : message;
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> wanted) {
    Throwable each = failure;
    while (each != null) {
      if (wanted.isInstance(each)) {
        return true;
      }
      each = each.getCause();
    }
    return false;
  }

  private static String address(URI uri) {
    int port = uri.getPort();
    return uri.getHost() + ":" + (port >= 0 ? port : uri.getScheme().equals("https") ? 443 : 80);
  }
}
