package dev.flota.api.tls;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import org.bouncycastle.jcajce.provider.asymmetric.util.EC5Util;
import org.bouncycastle.jce.spec.ECParameterSpec;

/** The public half of a private key, which its file need not hold. */
final class PublicKeys {
  private PublicKeys() {}

  static PublicKey of(PrivateKey key) throws GeneralSecurityException {
    return switch (key) {
      case ECPrivateKey curve -> of(curve);
      case RSAPrivateCrtKey rsa ->
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
      default -> throw new InvalidKeyException(key.getAlgorithm());
    };
  }

  /** The generator times the secret number. */
  private static PublicKey of(ECPrivateKey key) throws GeneralSecurityException {
    ECParameterSpec curve = EC5Util.convertSpec(key.getParams());
    org.bouncycastle.math.ec.ECPoint product = curve.getG().multiply(key.getS()).normalize();
    BigInteger x = product.getAffineXCoord().toBigInteger();
    BigInteger y = product.getAffineYCoord().toBigInteger();
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), key.getParams()));
  }
}
