package dev.flota.api.http;

import java.security.cert.X509Certificate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads who a TLS session was made with; the handshake has verified the certificate. */
final class PeerCertificate {
  private static final Pattern HOST_ID = Pattern.compile("CN=([0-9a-f]{64})");
  private static final Logger LOG = LoggerFactory.getLogger(PeerCertificate.class);

  private PeerCertificate() {}

  static Caller of(SSLSession session) {
    try {
      X509Certificate shown = (X509Certificate) session.getPeerCertificates()[0];
      Matcher subject = HOST_ID.matcher(shown.getSubjectX500Principal().getName());
      return subject.matches() ? new Caller.Host(subject.group(1)) : new Caller.Stranger();
    } catch (SSLPeerUnverifiedException e) {
      LOG.debug("no certificate", e);
      return new Caller.Stranger();
    }
  }
}
