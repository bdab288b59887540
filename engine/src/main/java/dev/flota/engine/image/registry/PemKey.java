package dev.flota.engine.image.registry;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Private keys in PEM files (RFC 7468): PKCS#8 of any kind, and RSA's older PKCS#1 form. */
final class PemKey {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]*)-----END");
  private static final List<String> KINDS = List.of("RSA", "EC", "Ed25519");

  // Version 0 and AlgorithmIdentifier rsaEncryption (RFC 5208, RFC 8017 appendix A.1).
  private static final byte[] PKCS8_RSA_START = {
    2, 1, 0, 0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
  };
  private static final int DER_SEQUENCE = 0x30;
  private static final int DER_OCTETS = 4;
  private static final int DER_TWO_LENGTH_BYTES = 0x82;

  private PemKey() {}

  static PrivateKey read(String pem) throws GeneralSecurityException {
    Matcher matcher = PEM.matcher(pem);
    if (!matcher.find()) {
      throw new GeneralSecurityException("no private key");
    }
    byte[] content =
        Base64.getMimeDecoder().decode(matcher.group(2).getBytes(StandardCharsets.US_ASCII));
    String form = matcher.group(1);
    if (form.equals("PRIVATE KEY")) {
      return ofPkcs8(content);
    }
    if (form.equals("RSA PRIVATE KEY")) {
      return ofPkcs8(wrapRsa(content));
    }
    throw new GeneralSecurityException(
        "a key in the form " + form + " is not supported: convert it to PKCS#8");
  }

  private static PrivateKey ofPkcs8(byte[] content) throws GeneralSecurityException {
    PKCS8EncodedKeySpec specification = new PKCS8EncodedKeySpec(content);
    for (String kind : KINDS) {
      PrivateKey key = ofKind(kind, specification);
      if (key != null) {
        return key;
      }
    }
    throw new GeneralSecurityException("neither an RSA nor an EC nor an Ed25519 key");
  }

  private static @Nullable PrivateKey ofKind(String kind, PKCS8EncodedKeySpec specification)
      throws GeneralSecurityException {
    try {
      return KeyFactory.getInstance(kind).generatePrivate(specification);
    } catch (InvalidKeySpecException e) {
      // The form does not say beforehand which kind it is: the next one is tried.
      return null;
    }
  }

  private static byte[] wrapRsa(byte[] pkcs1) {
    byte[] octets = der(DER_OCTETS, pkcs1);
    byte[] content = new byte[PKCS8_RSA_START.length + octets.length];
    System.arraycopy(PKCS8_RSA_START, 0, content, 0, PKCS8_RSA_START.length);
    System.arraycopy(octets, 0, content, PKCS8_RSA_START.length, octets.length);
    return der(DER_SEQUENCE, content);
  }

  private static byte[] der(int tag, byte[] content) {
    byte[] result = new byte[content.length + 4];
    result[0] = (byte) tag;
    result[1] = (byte) DER_TWO_LENGTH_BYTES;
    result[2] = (byte) (content.length >> 8);
    result[3] = (byte) content.length;
    System.arraycopy(content, 0, result, 4, content.length);
    return result;
  }
}
