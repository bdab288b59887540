package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.util.IPAddress;

/** The names in a server's certificate: RFC 5280, 4.2.1.6. */
final class SubjectNames {
  /** By which each host reaches itself. */
  static final Set<String> ALWAYS = Set.of("localhost", "127.0.0.1");

  private static final String HOST_NAME =
      "(\\*\\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*";

  private SubjectNames() {}

  /** Lower case, addresses in the JDK's form, and {@link #ALWAYS}. */
  static Set<String> canonical(Collection<String> names) {
    Set<String> canonical = new LinkedHashSet<>(ALWAYS);
    names.forEach(name -> canonical.add(canonical(name)));
    return canonical;
  }

  private static String canonical(String name) {
    if (IPAddress.isValid(name)) {
      return address(name);
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.matches(HOST_NAME)) {
      throw EngineException.invalid("\"" + name + "\" is neither a host name nor an address");
    }
    return lower;
  }

  private static String address(String literal) {
    try {
      return InetAddress.getByName(literal).getHostAddress(); // a literal: nothing is asked
    } catch (UnknownHostException e) {
      throw EngineException.invalid("invalid address " + literal);
    }
  }

  /** The names that a certificate has. */
  static Set<String> of(X509Certificate certificate) {
    Set<String> names = new LinkedHashSet<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (alternative.get(1) instanceof String text) {
            names.add(canonical(text));
          }
        }
      }
    } catch (CertificateParsingException e) {
      throw EngineException.system("cannot read the names of a certificate", e);
    }
    return names;
  }

  /** The extension with these names. */
  static GeneralNames extension(Set<String> names) {
    List<GeneralName> all = new ArrayList<>();
    for (String name : names) {
      int type = IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName;
      all.add(new GeneralName(type, name));
    }
    return new GeneralNames(all.toArray(GeneralName[]::new));
  }
}
