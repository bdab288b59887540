package dev.flota.api.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS to a host of a fleet of which only the digest of its authority is known, from a join token.
 * This side has no certificate yet.
 */
public final class StrangerTls {
  private StrangerTls() {}

  /** A context that trusts hosts of that fleet only. */
  public static SSLContext trusting(String digest) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new DigestTrust(digest)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /**
   * Whatever name the host was asked by: the authority certifies nothing but hosts of the fleet.
   */
  private static final class DigestTrust extends X509ExtendedTrustManager {
    private final String digest;

    DigestTrust(String digest) {
      this.digest = digest;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      X509Certificate authority = chain[chain.length - 1];
      if (chain.length < 2
          || !FleetKeys.digest(authority).equals(digest)
          || !Issuer.issued(authority, chain[0])) {
        throw new ForeignFleetException();
      }
      chain[0].checkValidity();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("this side is no server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** The host that was asked does not belong to the fleet that issued the token. */
  public static final class ForeignFleetException extends CertificateException {
    private static final long serialVersionUID = 1L;

    ForeignFleetException() {
      super("the host belongs to another fleet than the token");
    }
  }
}
