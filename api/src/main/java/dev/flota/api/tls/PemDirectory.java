package dev.flota.api.tls;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.util.io.pem.PemObject;

/** A directory of PEM files (RFC 7468). A private key is readable by its owner only. */
final class PemDirectory {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> PUBLIC =
      PosixFilePermissions.fromString("rw-r--r--");

  private final Path directory;
  private final String remedy;

  /** Of files that the daemon makes. */
  PemDirectory(Path directory) {
    this(directory, "Put it right, or remove it to have it made anew.");
  }

  /**
   * Of files that are read.
   *
   * @param remedy of one that is missing or wrong
   */
  PemDirectory(Path directory, String remedy) {
    this.directory = directory;
    this.remedy = remedy;
  }

  void create() {
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    try {
      Files.createDirectories(directory, ownerOnly);
    } catch (IOException e) {
      throw EngineException.system("cannot create " + directory + ": " + e.getMessage(), e);
    }
  }

  boolean exists(String name) {
    return Files.exists(directory.resolve(name));
  }

  /** Takes other users' access to a key away. */
  void hide(String name) {
    try {
      Files.setPosixFilePermissions(directory.resolve(name), PRIVATE);
    } catch (IOException e) {
      throw problem(name, "cannot be protected: " + e.getMessage());
    }
  }

  X509Certificate required(String name) {
    return certificate(name).orElseThrow(() -> problem(name, "is missing"));
  }

  /** A certificate, empty when there is no such file. */
  Optional<X509Certificate> certificate(String name) {
    if (!exists(name)) {
      return Optional.empty();
    }
    if (read(name) instanceof X509CertificateHolder holder) {
      try {
        return Optional.of(new JcaX509CertificateConverter().getCertificate(holder));
      } catch (GeneralSecurityException e) {
        throw problem(name, "is damaged: " + e.getMessage());
      }
    }
    throw problem(name, "does not hold a certificate");
  }

  /** A private key in PKCS#8, or the older forms of EC and RSA. */
  PrivateKey key(String name) {
    if (!exists(name)) {
      throw problem(name, "is missing");
    }
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    try {
      return switch (read(name)) {
        case PrivateKeyInfo info -> converter.getPrivateKey(info);
        case PEMKeyPair pair -> converter.getPrivateKey(pair.getPrivateKeyInfo());
        default -> throw problem(name, "does not hold an unencrypted private key");
      };
    } catch (IOException e) {
      throw problem(name, "is damaged: " + e.getMessage());
    }
  }

  /** A key with its public half. */
  KeyPair keyPair(String name) {
    PrivateKey secret = key(name);
    return new KeyPair(publicKey(name, secret), secret);
  }

  private PublicKey publicKey(String name, PrivateKey secret) {
    try {
      return PublicKeys.of(secret);
    } catch (GeneralSecurityException e) {
      throw problem(name, "is of a kind that nothing can be issued for: " + e.getMessage());
    }
  }

  private Object read(String name) {
    try (PEMParser parser =
        new PEMParser(
            new StringReader(
                new String(
                    Files.readAllBytes(directory.resolve(name)), StandardCharsets.US_ASCII)))) {
      Object object = parser.readObject();
      if (object == null) {
        throw problem(name, "is damaged: it holds no PEM block");
      }
      return object;
    } catch (IOException | RuntimeException e) {
      throw e instanceof EngineException known
          ? known
          : problem(name, "is damaged: " + e.getMessage());
    }
  }

  void write(String name, X509Certificate certificate) {
    write(name, pem(certificate), PUBLIC);
  }

  void write(String name, KeyPair key) {
    try {
      write(name, pem(new JcaPKCS8Generator(key.getPrivate(), null)), PRIVATE);
    } catch (IOException e) {
      throw problem(name, "cannot be encoded: " + e.getMessage());
    }
  }

  /** An EC key with curve and public half (RFC 5915), which GnuTLS wants and PKCS#8 may lack. */
  void writeSec1(String name, KeyPair key) {
    SubjectPublicKeyInfo open = SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
    java.security.interfaces.ECPrivateKey secret =
        (java.security.interfaces.ECPrivateKey) key.getPrivate();
    ECPrivateKey whole =
        new ECPrivateKey(
            secret.getParams().getOrder().bitLength(),
            secret.getS(),
            open.getPublicKeyData(),
            open.getAlgorithm().getParameters());
    try {
      write(name, pem(new PemObject("EC PRIVATE KEY", whole.getEncoded())), PRIVATE);
    } catch (IOException e) {
      throw problem(name, "cannot be encoded: " + e.getMessage());
    }
  }

  /** Writes a text that is PEM already. */
  void write(String name, String pem, boolean secret) {
    write(name, pem, secret ? PRIVATE : PUBLIC);
  }

  /** A private key in PKCS#8. */
  static String pem(PrivateKey key) {
    try {
      return pem(new JcaPKCS8Generator(key, null));
    } catch (IOException e) {
      throw new IllegalStateException("a key that was read can be written", e);
    }
  }

  static String pem(Object object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory takes everything", e);
    }
    return text.toString();
  }

  private void write(String name, String text, Set<PosixFilePermission> permissions) {
    Path temporary = directory.resolve(name + ".new");
    try {
      Files.deleteIfExists(temporary);
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PRIVATE))) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.setPosixFilePermissions(temporary, permissions);
      Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw problem(name, "cannot be written: " + e.getMessage());
    }
  }

  /** What is wrong with a file, and the way out. */
  EngineException problem(String name, String what) {
    return EngineException.system("%s %s. %s".formatted(directory.resolve(name), what, remedy));
  }
}
