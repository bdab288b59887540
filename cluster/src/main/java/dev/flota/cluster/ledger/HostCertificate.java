package dev.flota.cluster.ledger;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Reads of which host a certificate is: its subject's common name is the host's id. */
public final class HostCertificate {
  private static final Pattern SUBJECT = Pattern.compile("CN=([0-9a-f]{64})");

  private HostCertificate() {}

  /**
   * The host that showed its certificate in a TLS handshake, which has verified it; empty when
   * somebody else did, or nobody.
   */
  public static Optional<String> hostId(SSLSession session) {
    try {
      Certificate shown = session.getPeerCertificates()[0];
      Matcher subject =
          SUBJECT.matcher(((X509Certificate) shown).getSubjectX500Principal().getName());
      return subject.matches() ? Optional.of(subject.group(1)) : Optional.empty();
    } catch (SSLPeerUnverifiedException none) {
      return Optional.empty();
    }
  }
}
