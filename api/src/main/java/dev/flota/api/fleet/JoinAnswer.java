package dev.flota.api.fleet;

/**
 * A host is let in.
 *
 * @param fleetId 64 hex digits
 * @param certificate the new host's own, PEM
 * @param authority the fleet's, PEM
 * @param authorityKey PEM, by which the new host can let others in
 */
record JoinAnswer(String fleetId, String certificate, String authority, String authorityKey) {}
