package dev.flota.engine.image;

/**
 * A login that succeeded.
 *
 * @param status {@code Login Succeeded}
 * @param identityToken a refresh token to be kept in place of the password; empty when the registry
 *     gave none
 */
public record AuthResult(String status, String identityToken) {}
